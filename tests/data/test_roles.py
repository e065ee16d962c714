"""Roles from titles, departments and seniorities, and what a faulty roles.toml is told."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.data.roles import load_roles, normal
from bgml.errors import ProjectError, SettingsError
from bgml.project import starter

ROLES = load_roles(starter() / "roles.toml")

TITLES = """
executive: CEO; Chief Executive Officer; C.E.O.; CEO & Founder; Co-Founder; President; Chief Technology Officer; CTO
executive: Chief Marketing Officer; Chief Revenue Officer; Chairman of the Board; Owner; Managing Partner; Founder / CTO
executive: Managing Director; Chief Strategy Officer (CSO); Member of the Supervisory Board; C.E.O
decision_maker: VP Sales; V.P. of Engineering; Vice President, Marketing; SVP Operations; Director of Marketing; SENIOR  DIRECTOR
decision_maker: Head of Data; Director, Product Management; General Manager EMEA
decision_maker: Senior Vice-President Global Accounts; Group Director – Analytics
champion: Engineering Manager; Marketing Manager; Team Lead Data; Tech Lead; Operations Supervisor; Sr. Manager, Demand Gen
champion: Café Manager ☕
influencer: Solutions Architect; Principal Engineer; Product Manager; Product Owner; Data Scientist; Management Consultant
influencer: Solutions Architect, Financial Services
practitioner: Software Engineer; senior software engineer; Marketing Specialist; Data Analyst; System Administrator
practitioner: Account Executive; Sales Development Representative; Graphic Designer; DevOps; Lead Generation Specialist
finance: CFO; Chief Financial Officer; VP Finance; Finance Manager; Financial Controller; Accountant; FP&A Analyst; Treasurer
finance: Head of Finance
procurement: Procurement Manager; Chief Procurement Officer; Buyer; Senior Purchasing Agent; Director Strategic Sourcing
procurement: Head of Procurement; Vendor Manager
it_security: CISO; Chief Information Security Officer; CIO; Chief Information Officer; Security Engineer; IT Manager; Director of IT
it_security: Cybersecurity Analyst
legal: General Counsel; Legal Counsel; Compliance Officer; Data Protection Officer; Paralegal; Chief Legal Officer; Attorney-at-Law
executive: Geschäftsführer; GESCHÄFTSFÜHRERIN; Geschaeftsfuehrer; Krankenhausgeschäftsführer; Directrice générale; PDG
executive: Gérante; Socia directora
executive: Генеральный директор; ДИРЕКТОР; И.о. генерального директора; Consejera Delegada; Vorsitzender des Vorstandes
decision_maker: Leiter Marketing; Bereichsleiterin Vertrieb; Leiter/in Personal; Directeur·rice commercial·e
decision_maker: Gerente de Ventas; Jefa de planta
decision_maker: Руководитель отдела продаж; Заместителю генерального директора; Вице-президент; Subdirectora de RRHH
champion: Teamleiter Vertrieb; Responsable marketing; Chef d’équipe; Jefe de producción; Qualitätsmanagerin; Тимлид; Заведующая складом
influencer: Projektleiter:in IT; Unternehmensberater; Chef de projet; Cheffe de produit; Jefe de proyecto; Менеджер проектов
influencer: Советник директора
practitioner: Softwareentwickler*in; Développeuse web; Desarrolladora; Ведущий инженер; Sachbearbeiter Versand; Ingénieur(e) d'affaires
practitioner: Менеджер по продажам; Técnica de soporte; Kundenberater; Asesor comercial; Chargé(e) de communication
finance: Sachbearbeiter Buchhaltung; Kaufmännische Leiterin; DAF; Gerente financiero; Главный бухгалтер; Гл. бухгалтер; Jefa de Contabilidad
procurement: Leiter Einkauf; Strategische Einkäuferin; Einkaeufer; Acheteuse; Responsable achats; Jefe de compras; Начальник отдела закупок
it_security: Bereichsleiter IT; IT-Leitung; DSI; Directeur des systèmes d’information; Director de TI; ИТ-директор; Специалист по ИБ
legal: Syndikusrechtsanwältin; Datenschutzbeauftragte; Juriste; Abogado; Юрисконсульт; Directora Jurídica
None: Assistentin der Geschäftsführung; Werkstudentin; Stagiaire; Assistante de direction; Becaria; Студентка; Секретарь; Стажёр; Sekretärin
None: Intern; Marketing Intern; Student; Executive Assistant to the CEO; Retired; Zauberer; 工程师; 🚀🚀; -; n/a; Recruiter; former CEO
"""
CASES = [(line.split(": ")[0], title) for line in TITLES.strip().splitlines() for title in line.split(": ")[1].split("; ")]


def infer(title=None, department=None, seniority=None, roles=ROLES):
    row = pd.DataFrame({"title": [title], "department": [department], "seniority": [seniority]}, dtype="object")
    found = roles.infer(row["title"], row["department"], row["seniority"])["role"].iloc[0]
    return None if pd.isna(found) else found


@pytest.mark.parametrize(("role", "title"), CASES)
def test_titles(role, title):
    assert str(infer(title)) == role


def test_words_of_one_language_are_not_taken_for_those_of_another():
    others = {"Microcontroller Engineer": "practitioner", "Leiterplatten-Entwickler": "practitioner", "Vertrieb Halbleiter": "practitioner"}
    others |= {"Director Utrecht": "decision_maker", "Entrepreneurship Program Manager": "influencer", "Direction artistique": "influencer"}
    others |= {"Social Media Specialist": "practitioner", "Employee Relations Manager": "champion", "Chef de cuisine": "None"}
    assert {title: str(infer(title)) for title in others} == others


@pytest.mark.parametrize(
    ("department", "seniority", "role"),
    [
        ("Einkauf & Logistik", None, "procurement"),
        ("Service juridique", None, "legal"),
        ("Contabilidad", None, "finance"),
        ("Отдел закупок", "manager", "procurement"),
        ("Finance", None, "finance"),
        ("LEGAL", "Manager", "legal"),
        ("Information Security", "ic", "it_security"),
        ("Purchasing", None, "procurement"),
        ("Marketing", "C-Level", "executive"),
        (None, "VP", "decision_maker"),
        ("Sales", "manager", "champion"),
        (None, "Individual Contributor", "practitioner"),
        ("Marketing", None, None),
        (None, "unheard of", None),
    ],
)
def test_without_a_title_department_and_seniority_decide(department, seniority, role):
    assert infer(None, department, seniority) == role
    assert infer("Zauberer", department, seniority) == role


def test_a_telling_title_comes_before_the_department():
    assert infer("CEO", "Finance", "manager") == "executive"


def test_the_index_and_every_row_are_kept():
    title = pd.Series(["CFO", None, "x", "CFO"], index=[7, 7, "a", None], dtype="object")
    nothing = pd.Series([None] * 4, index=title.index, dtype="object")
    found = ROLES.infer(title, nothing, nothing)
    assert found.index.equals(title.index)
    assert found["role"].tolist() == ["finance", None, None, "finance"]
    assert found["role_source"].tolist() == ["title", None, None, "title"]
    assert found["role_confidence"].fillna(0).tolist() == [0.6, 0, 0, 0.6]


@pytest.mark.parametrize("kind", ["object", "str", "category"])
def test_every_kind_of_text_column_will_do(kind):
    title = pd.Series(["CFO", None, "CEO"], dtype=kind)
    empty = pd.Series([float("nan")] * 3)
    assert ROLES.infer(title, empty, empty)["role"].tolist() == ["finance", None, "executive"]


def test_no_rows():
    nobody = pd.Series([], dtype="object")
    assert list(ROLES.infer(nobody, nobody, nobody).columns) == ["role", "role_source", "role_confidence"]
    assert len(ROLES.stated(nobody)) == 0


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ("DECISION_MAKER", "decision_maker"),
        ("Economic Decision Maker", "decision_maker"),
        ("Economic Buyer", "finance"),
        ("BUDGET_HOLDER", "finance"),
        ("END_USER", "practitioner"),
        ("Executive Sponsor", "executive"),
        ("LEGAL_AND_COMPLIANCE", "legal"),
        ("Legal & Compliance", "legal"),
        ("Technical Buyer", "influencer"),
        ("BLOCKER", "blocker"),
        ("Wise Owl!", "wise_owl"),
        ("Other", None),
        ("?!", None),
        (None, None),
    ],
)
def test_stated_roles_get_their_standard_name_or_keep_their_own(said, role):
    found = ROLES.stated(pd.Series([said], dtype="object")).iloc[0]
    assert (found["role"], found["role_source"]) == (role, "crm" if role else None)
    assert role is None or found["role_confidence"] == 0.9


@given(st.text(max_size=12), st.sampled_from(["CFO", "VP", "Buyer"]))
def test_no_text_breaks_the_rules_and_case_and_punctuation_do_not_matter(text, title):
    infer(text)
    assert normal(normal(text)) == normal(text)
    assert infer(f" ({title.lower()})…🎉 ") == infer(title)


def test_a_title_of_a_million_letters_is_read_at_once():
    assert infer("a " * 500_000) is None
    assert infer("CFO " + "x" * 1_000_000) == "finance"


def test_the_standard_roles_have_meanings():
    assert ROLES.names == (
        "executive", "decision_maker", "champion", "influencer", "practitioner", "finance", "procurement", "it_security", "legal",
    )  # fmt: skip
    assert all(ROLES.meanings.values())


def own(tmp_path, text):
    path = tmp_path / "roles.toml"
    path.write_text(text, encoding="utf-8")
    return path


OWN = '[role.wizard]\nmeaning = "casts spells"\nstated = ["Zauberer"]\n'


def test_patterns_are_words_that_stand_together(tmp_path):
    roles = load_roles(own(tmp_path, OWN + '[[rule]]\nrole = "wizard"\ntitle = ["magic * wand*", "Müller & Sohn"]\nunless = ["toy"]\n'))
    fits = ["Magic Oak Wands", "the magic, old wand!", "MULLER AND SOHN"]
    fails = ["magic wand", "magical oak wand", "magic very old wand", "toy magic oak wand", "müller", ""]
    assert [infer(title, roles=roles) for title in fits] == ["wizard"] * 3
    assert [infer(title, roles=roles) for title in fails] == [None] * 6


def test_patterns_may_be_listed_by_language_under_any_name(tmp_path):
    titles = 'title.de = ["Zauberer*"]\ntitle.ru = ["волшебник*", "Стажёр-чародей"]\nunless.de = ["Zaubererlehrling"]\n'
    roles = load_roles(own(tmp_path, OWN + '[[rule]]\nrole = "wizard"\n' + titles + 'department.klingon = ["tlhIngan"]\n'))
    assert [infer(title, "tlhingan", roles=roles) for title in ("Zaubererin", "ВОЛШЕБНИКИ", "стажер чародей")] == ["wizard"] * 3
    assert infer("Zaubererlehrling", "tlhingan", roles=roles) is None
    assert infer("Zauberer", "Vertrieb", roles=roles) is None


def test_every_field_of_a_rule_must_fit_and_the_first_rule_decides(tmp_path):
    rules = '[[rule]]\nrole = "none"\ntitle = ["wand"]\nseniority = ["junior"]\n[[rule]]\nrole = "wizard"\ntitle = ["wand"]\n'
    roles = load_roles(own(tmp_path, OWN + rules))
    assert [infer("wand", None, seniority, roles=roles) for seniority in ("senior", "junior", None)] == ["wizard", None, "wizard"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[role.wizard\n", r"is not valid TOML: .*line 1"),
        ("[roles.wizard]\n", 'unknown key "roles"; did you mean "role"'),
        ('[role.wizard]\nmeening = "x"\n', r'\[role.wizard\]: unknown key "meening"; did you mean "meaning"'),
        ('[role."Wise Owl"]\n', '"Wise Owl" is no name for a role'),
        ("[role.none]\n", '"none" is no name for a role'),
        ("role = 1\n", r"role must be written as \[role.NAME\] tables"),
        ("rule = 1\n", r"rule must be written as \[\[rule\]\] tables"),
        (OWN + '[[rule]]\nrole = "wizzard"\ntitle = ["x"]\n', r'\[\[rule\]\] 1: role "wizzard" is not .*; did you mean "wizard"'),
        (OWN + '[[rule]]\ntitle = ["x"]\n', r'\[\[rule\]\] 1: role "None" is not'),
        (OWN + '[[rule]]\nrole = "wizard"\n', r"\[\[rule\]\] 1: expected at least one of title, department, seniority"),
        (OWN + '[[rule]]\nrole = "wizard"\ntitel = ["x"]\n', r'\[\[rule\]\] 1: unknown key "titel"; did you mean "title"'),
        (OWN + '[[rule]]\nrole = "wizard"\ntitle = "x"\n', r"\[\[rule\]\] 1: title must be a list of texts"),
        (OWN + '[[rule]]\nrole = "wizard"\ntitle = []\n', r"\[\[rule\]\] 1: title must be a list of texts"),
        (OWN + '[[rule]]\nrole = "wizard"\ntitle = [" "]\n', r"\[\[rule\]\] 1: title must be a list of texts"),
        (OWN + '[[rule]]\nrole = "wizard"\ntitle = ["ok", "*"]\n', r'\[\[rule\]\] 1, title: the pattern "\*" has no letter or digit'),
        (
            OWN + '[[rule]]\nrole = "wizard"\ntitle = ["ok"]\nunless = ["(vp|"]\n',
            r'\[\[rule\]\] 1, unless: the pattern "\(vp\|" holds "\("',
        ),
        (OWN + '[[rule]]\nrole = "wizard"\ntitle.de = "x"\n', r"\[\[rule\]\] 1: title.de must be a list of texts"),
        (OWN + '[[rule]]\nrole = "wizard"\ntitle.de = []\n', r"\[\[rule\]\] 1: title.de must be a list of texts"),
        (OWN + '[[rule]]\nrole = "wizard"\ntitle.de.at = ["x"]\n', r"\[\[rule\]\] 1: title.de must be a list of texts"),
        (OWN + '[[rule]]\nrole = "wizard"\ntitle = {}\n', r"\[\[rule\]\] 1: title holds no language; write it like title.en ="),
        (OWN + '[[rule]]\nrole = "wizard"\ntitle.de = ["*"]\n', r'\[\[rule\]\] 1, title: the pattern "\*" has no letter'),
        (OWN + 'ignore = "x"\n', r'\[role.wizard\]: unknown key "ignore"'),
        ('ignore = "x"\n', "ignore must be a list of texts"),
        ("[role.wizard]\nmeaning = 5\n", r"\[role.wizard\]: meaning must be a text"),
    ],
)
def test_a_faulty_file_is_told_where_and_what(tmp_path, text, message):
    with pytest.raises((SettingsError, ProjectError), match=message) as caught:
        load_roles(own(tmp_path, text))
    assert str(tmp_path / "roles.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_or_unreadable_file_is_named(tmp_path):
    with pytest.raises(ProjectError, match="roles.toml cannot be read: No such file"):
        load_roles(tmp_path / "roles.toml")
    (tmp_path / "roles.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(ProjectError, match="is not UTF-8 text .byte 5."):
        load_roles(tmp_path / "roles.toml")
