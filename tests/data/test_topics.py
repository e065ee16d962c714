"""Required roles of topics, and what a faulty topics.toml is told."""

from __future__ import annotations

import pytest

from bgml.data.roles import load_roles
from bgml.data.topics import load_topics
from bgml.errors import ProjectError, SettingsError
from bgml.project import starter


def own(tmp_path, text):
    path = tmp_path / "topics.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_starter_requires_roles_that_the_starter_infers():
    required = load_topics(starter() / "topics.toml").required_roles("anything")
    assert required and set(required) <= set(load_roles(starter() / "roles.toml").names)


def test_more_than_one_person_of_a_role_may_be_required(tmp_path):
    topics = load_topics(own(tmp_path, '[default]\nroles = { practitioner = 2, finance = 1 }\n[topic.a]\nroles = ["legal"]\n'))
    assert topics.required("x") == {"practitioner": 2, "finance": 1}
    assert topics.required("a") == {"legal": 1}


def test_a_topic_requires_its_own_roles_else_the_default_ones(tmp_path):
    topics = load_topics(
        own(
            tmp_path,
            '[default]\nroles = ["champion", "finance"]\n'
            '[topic."Data/AI"]\nname = "Data and AI"\nroles = ["it_security", "it_security", "finance"]\npatterns = ["data lake", "/ai/"]\n'
            "[topic.free]\nroles = []\n[topic.5]\n",
        )
    )
    assert topics.required_roles("Data/AI") == ("it_security", "finance")
    assert topics.required_roles("unlisted") == topics.required_roles(5) == ("champion", "finance")
    assert topics.required_roles("free") == ()
    assert topics.topics["Data/AI"].name == "Data and AI" and topics.topics["5"].name == "5"
    assert topics.topics["Data/AI"].patterns == ("data lake", "/ai/")


def test_an_empty_file_requires_nothing(tmp_path):
    assert load_topics(own(tmp_path, "")).required_roles("x") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[topic.\n", r"is not valid TOML: .*line 1"),
        ("[topics.x]\n", 'unknown key "topics"; did you mean "topic"'),
        ("default = 1\n", r"default must be written as a \[default\] table"),
        ("topic = 1\n", r"topic must be written as \[topic.NAME\] tables"),
        ('[default]\nrole = ["x"]\n', r'\[default\]: unknown key "role"; did you mean "roles"'),
        ('[default]\nroles = { finance = 0 }\n', r'\[default\], roles: "finance" must be a whole number of people, at least 1, not 0'),
        ('[topic.a]\nroles = { finance = true }\n', r'\[topic."a"\], roles: "finance" must be a whole number of people'),
        ('[default]\nroles = "x"\n', r"\[default\]: roles must be a list of texts"),
        ('[default]\nroles = ["Decision Maker"]\n', r'\[default\], roles: "Decision Maker" is no name for a role'),
        ('[topic.x]\npattern = ["x"]\n', r'\[topic."x"\]: unknown key "pattern"; did you mean "patterns"'),
        ("[topic.x]\nname = 5\n", r'\[topic."x"\]: name must be a text'),
        ("[topic.x]\npatterns = [5]\n", r'\[topic."x"\]: patterns must be a list of texts'),
        ('[topic.x]\npatterns = ["*"]\n', r'\[topic."x"\], patterns: "\*" has no letter or digit'),
    ],
)
def test_a_faulty_file_is_told_where_and_what(tmp_path, text, message):
    with pytest.raises((SettingsError, ProjectError), match=message) as caught:
        load_topics(own(tmp_path, text))
    assert str(tmp_path / "topics.toml") in str(caught.value)
