"""How well roles.toml reads titles: precision and recall on a list labelled by hand, by half, language and role.

    python benchmarks/roles.py                         # the starter's rules on tests/data/roles/titles.csv
    python benchmarks/roles.py --rules roles.toml --titles mine.csv --wrong yes

A title counts as found where the rules give it any role, as right where they give the labelled one. Precision: right / found. Recall:
right / labelled with a role. Per role the same with that role alone. `--wrong yes|no` lists the titles read otherwise than labelled
that are held out, or are not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from bgml.data.roles import NONE, load_roles
from bgml.project import starter

TITLES = Path(__file__).parent.parent / "tests" / "data" / "roles" / "titles.csv"
LANGUAGES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "ru": "Russian"}


def read(titles: Path, rules: Path) -> pd.DataFrame:
    """The labelled titles (title, language, role, held_out) with the role the rules find, "none" where they find none."""
    rows = pd.read_csv(titles, dtype=str, keep_default_na=False)
    nothing = pd.Series([None] * len(rows), dtype="object")
    inferred = load_roles(rules).infer(rows["title"].astype("object"), nothing, nothing)["role"]
    return rows.assign(found=inferred.fillna(NONE))


def counts(rows: pd.DataFrame, role: str | None = None) -> tuple[int, int, int, int]:
    """Titles, found, labelled and right: of one role, or of all but "none"."""
    found = rows["found"].eq(role) if role else rows["found"].ne(NONE)
    labelled = rows["role"].eq(role) if role else rows["role"].ne(NONE)
    return len(rows), int(found.sum()), int(labelled.sum()), int((found & labelled & rows["found"].eq(rows["role"])).sum())


def shares(rows: pd.DataFrame, role: str | None = None) -> str:
    """Labelled titles, precision and recall as cells of a table."""
    _, found, labelled, right = counts(rows, role)
    return f"{labelled} | {percent(right, found)} | {percent(right, labelled)}"


def percent(part: int, whole: int) -> str:
    """A share in percent, a dash of nothing."""
    return f"{part / whole:.0%}" if whole else "-"


def table(title: str, rows: pd.DataFrame, lines: dict[str, Callable[[pd.DataFrame], str]]) -> None:
    """Print lines of shares for the titles that rules were tuned on and those held out."""
    print(f"\n| {title} | tuned on: titles | precision | recall | held out: titles | precision | recall |")
    print("|---|---|---|---|---|---|---|")
    halves = rows[rows["held_out"] == "no"], rows[rows["held_out"] == "yes"]
    for name, line in lines.items():
        print(f"| {name} | {' | '.join(map(line, halves))} |")


def main() -> None:
    """Print both tables, and the titles that were read otherwise if asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=Path, default=starter() / "roles.toml")
    parser.add_argument("--titles", type=Path, default=TITLES)
    parser.add_argument("--wrong", choices=["yes", "no"])
    arguments = parser.parse_args()
    rows = read(arguments.titles, arguments.rules)
    of_language = {LANGUAGES.get(language, language): language for language in dict.fromkeys(rows["language"])}
    table("language", rows, {"all": shares} | {
        name: lambda half, language=language: shares(half[half["language"] == language]) for name, language in of_language.items()
    })  # fmt: skip
    table("role", rows, {role: lambda half, role=role: shares(half, role) for role in dict.fromkeys(rows["role"])})
    if arguments.wrong:
        wrong = rows[(rows["held_out"] == arguments.wrong) & (rows["found"] != rows["role"])]
        print(f"\n{wrong[['language', 'title', 'role', 'found']].to_string(index=False)}")


if __name__ == "__main__":
    main()
