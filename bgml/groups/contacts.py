"""The role of each member at an as-of date: what the CRM says of its deals first, then of the person, then what the title suggests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bgml.data.people import day_numbers, versions
from bgml.data.roles import load_roles
from bgml.groups.dates import day_number
from bgml.groups.outcomes import NEVER

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from bgml.data.dataset import Dataset
    from bgml.data.roles import Roles
    from bgml.project import Project

MEMBER = ["account_id", "topic", "person_id"]
TOLD = ["role", "role_source", "role_confidence"]


def contact_roles(dataset: Dataset, as_of: date) -> pd.DataFrame:
    """The contact roles known at `as_of`, the latest per member: account_id, topic, person_id, role (as written), known_day.

    Account and topic are those of the opportunity. A row is known from added_at, without one from the day the opportunity closed,
    and never before the opportunity was created; known_day is that UTC day, in days since 1970-01-01. Of several on one day the later
    time counts, then the greater opportunity_id. Rows without a role are left out.
    """
    return _latest(_stated(dataset, as_of), MEMBER)


def roles_at(project: Project, dataset: Dataset, as_of: date, people: pd.DataFrame) -> pd.DataFrame:
    """The role of each row of `people` (account_id, topic, person_id) at `as_of`: role, role_source, role_confidence, same index.

    The first that says something counts: the person's contact role on a deal of the account and topic, on a deal of the account, the
    role stated in `people`, the role that title, department and seniority suggest. Stated roles ("crm", 0.9) have their
    standard name or, where roles.toml does not know it, their own; inferred ones are "title", 0.6. All three are null where
    nothing tells, and where person_id is null.
    """
    roles = load_roles(project.roles_file)
    asked, contacts, table = _coded([people, _standard(_stated(dataset, as_of), roles), dataset.frame("people")])
    sources = [
        (contacts, MEMBER),
        (contacts, ["account_id", "person_id"]),
        (_described(project, table, asked["person_id"], as_of, roles), ["person_id"]),
    ]
    nothing = pd.DataFrame({"role": [None], "role_source": [None], "role_confidence": [np.nan]}, dtype="object")
    told, place = nothing, np.zeros(len(asked), np.int64)
    for said, by in sources:
        latest = _latest(said, by)
        found = _place(asked, latest, by)
        place = np.where((place == 0) & (found >= 0), len(told) + found, place)
        told = pd.concat([told, latest[TOLD]], ignore_index=True)
    return told.astype({"role_confidence": "float64"}).iloc[place].set_axis(people.index)


def _stated(dataset: Dataset, as_of: date) -> pd.DataFrame:
    """All contact roles known at `as_of`, oldest first: account_id, topic, person_id, role, known_day."""
    contacts, deals = dataset.frame("opportunity_contacts"), dataset.frame("opportunities")
    contacts = contacts[contacts["role"].notna() & (contacts["role"].astype(str).str.strip() != "")]
    place = pd.Index(deals["opportunity_id"]).get_indexer(pd.Index(contacts["opportunity_id"]))
    contacts, deal = contacts[place >= 0].reset_index(drop=True), deals.iloc[place[place >= 0]].reset_index(drop=True)
    known = contacts["added_at"].fillna(deal["closed_at"]).astype("datetime64[us]")
    known = known.where(known.isna() | (known >= deal["created_at"]), deal["created_at"])
    rows = pd.concat([deal[["account_id", "topic"]], contacts[["person_id", "role", "opportunity_id"]]], axis="columns")
    rows = rows.assign(known_day=day_numbers(known, NEVER), known=known)
    rows = rows[rows["known_day"] < day_number(as_of)].sort_values(["known", "opportunity_id"], kind="stable", ignore_index=True)
    told: pd.DataFrame = rows[[*MEMBER, "role", "known_day"]]
    return told


def _latest(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    return rows.drop_duplicates(list(by), keep="last").reset_index(drop=True)


def _standard(stated: pd.DataFrame, roles: Roles) -> pd.DataFrame:
    """Contact roles by their standard name, without those that say nothing ("Other")."""
    told = stated[MEMBER].join(roles.stated(stated["role"]))
    return told[told["role"].notna()].reset_index(drop=True)


def _described(project: Project, people: pd.DataFrame, asked: pd.Series, as_of: date, roles: Roles) -> pd.DataFrame:
    """What the table of people says at `as_of` of those asked for: person_id, role, role_source, role_confidence."""
    dates_known = bool(people["valid_from"].notna().any() or people["valid_to"].notna().any())
    people = people[people["person_id"].isin(asked)]
    if people.empty:
        return pd.DataFrame(columns=["person_id", *TOLD])
    found, day = versions(people, roles, None if dates_known else project.settings.data.static), day_number(as_of)
    return found[(found["from_day"] <= day) & (day < found["to_day"]) & found["role"].notna()]


def _coded(frames: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The frames with each id replaced by a number that is the same in all of them, -1 for null."""
    made = list(frames)
    for column in MEMBER:
        having = [number for number, frame in enumerate(made) if column in frame and len(frame)]
        if having:
            codes = pd.factorize(pd.concat([made[number][column] for number in having], ignore_index=True))[0]
            ends = np.cumsum([len(made[number]) for number in having])
            for number, part in zip(having, np.split(codes, ends[:-1]), strict=True):
                made[number] = made[number].assign(**{column: part})
    return made


def _place(asked: pd.DataFrame, known: pd.DataFrame, by: Sequence[str]) -> NDArray[np.int64]:
    """The position of the one row of `known` with the same codes; -1 where there is none or a code is -1."""
    if known.empty or asked.empty:
        return np.full(len(asked), -1)
    size = [max(asked[column].max(), known[column].max()) + 1 for column in by]
    keys = [np.ravel_multi_index(tuple(frame[column].clip(lower=0) for column in by), size) for frame in (known, asked)]
    place = pd.Index(keys[0]).get_indexer(pd.Index(keys[1]))
    return np.where((asked[list(by)] >= 0).all(axis="columns"), place, -1)
