"""Lists against a plain search through rows."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bgml.web.access.viewer import LOCAL, Viewer
from bgml.web.problems import Problem
from bgml.web.seen.listing import listed, totals
from bgml.web.seen.query import SORTS, Query
from bgml.web.shelf.shelf import Shelf
from tests.web.made_ranking import WEEKS, groups, made_project

ANN = Viewer("ann", "viewer", "Ann")
VALUES = {"owner": ["Ann", "Bob", "", "Zoe"], "topic": ["cloud", "Data/AI"], "segment": ["smb", "enterprise"], "region": ["EMEA", "AMER"]}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    root = tmp_path_factory.mktemp("listing")
    rows = groups(30)
    found = Shelf(made_project(root, {WEEKS[0]: rows[::-1], WEEKS[1]: rows[7:] + rows[:7]}))
    found.poll()
    return found


def queries() -> st.SearchStrategy[Query]:
    several = {name: st.lists(st.sampled_from(of), min_size=1, unique=True) for name, of in VALUES.items()}
    filters = st.fixed_dictionaries({}, optional=several)
    return st.builds(
        lambda chosen, text, selected, sort, turned: Query(
            tuple((name, tuple(sorted(of))) for name, of in chosen.items()), text, selected, f"-{sort}" if turned else sort
        ),
        filters, st.sampled_from(["", "account 1", "DATA/ai", "a1", "cloud 4", "nothing"]), st.sampled_from([None, True, False]),
        st.sampled_from(SORTS), st.booleans(),
    )  # fmt: skip


def plainly(rows, viewer, query):
    """The positions that a loop over the rows finds, in order."""
    found = []
    for place, row in enumerate(rows):
        text = "\n".join(str(row[name] or "") for name in ("account_name", "account_id", "topic")).lower()
        kept = viewer.owner in (None, row["owner"]) and query.selected in (None, row["selected"])
        kept &= all((row[name] or "") in values for name, values in query.filters)
        if kept and all(word in text for word in query.text.lower().split()):
            found.append(place)
    name = query.sort.removeprefix("-")

    def key(place):
        row = rows[place]
        value = row["previous_rank"] and row["previous_rank"] - row["rank"] if name == "movement" else row[name]
        return value.lower() if isinstance(value, str) else value

    known, rest = [place for place in found if key(place) is not None], [place for place in found if key(place) is None]
    most_first = (name not in ("rank", "account_name")) != query.descending
    return sorted(known, key=key, reverse=False) + rest if not most_first else _most_first(known, key) + rest


def _most_first(places, key):
    """By the largest value, equal ones by rank."""
    return [place for _, place in sorted(((key(place), -place) for place in places), reverse=True) for place in [-place]]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries(), limit=st.integers(1, 12), viewer=st.sampled_from([LOCAL, ANN]))
def test_a_list_is_what_a_search_through_all_rows_finds(shelf, query, limit, viewer):
    snapshot = shelf.newest()
    rows = snapshot.rows(range(len(snapshot)))
    if not viewer.sees_all:
        own = [row for row in rows if row["owner"] == viewer.owner]
        before = {(row["account_id"], row["topic"]): row["owner_rank"] for row in shelf.snapshot(WEEKS[0]).rows(range(len(snapshot)))}
        for row in own:
            row |= {"previous_rank": before.get((row["account_id"], row["topic"])), "rank": row["owner_rank"]}
    expected, found, cursor = plainly(rows, viewer, query), [], None
    while True:
        part = listed(shelf, snapshot, viewer, query, limit=limit, cursor=cursor)
        assert part.total == len(expected)
        found += part.positions
        if (cursor := part.next_cursor) is None:
            break
    assert found == expected


def test_values_are_counted_with_their_own_filter_aside(shelf):
    query = Query((("owner", ("Ann",)), ("topic", ("cloud",))))
    counts = listed(shelf, shelf.newest(), LOCAL, query, limit=1, counted=True).counts
    assert counts["owner"] == {"": 5, "Ann": 5, "Bob": 5}
    assert counts["topic"] == {"Data/AI": 5, "cloud": 5}
    assert listed(shelf, shelf.newest(), ANN, Query(), limit=1, counted=True).counts["owner"] == {"Ann": 10}


def test_totals_are_those_of_what_is_seen(shelf):
    assert totals(shelf, shelf.newest(), LOCAL) == (30, 4)
    assert totals(shelf, shelf.newest(), ANN) == (10, 2)


@pytest.mark.parametrize("cursor", ["x", "", ".5", "0123456789abcdef.5", "😀.1", "a.-1", "a.1e3"])
def test_a_foreign_cursor_is_refused(shelf, cursor):
    with pytest.raises(Problem) as refused:
        listed(shelf, shelf.newest(), LOCAL, Query(), limit=5, cursor=cursor)
    assert refused.value.status == 400


def test_a_cursor_belongs_to_its_ranking_its_list_and_its_viewer(shelf):
    cursor = listed(shelf, shelf.newest(), LOCAL, Query(), limit=2).next_cursor
    for snapshot, viewer, query in (
        (shelf.snapshot(WEEKS[0]), LOCAL, Query()), (shelf.newest(), ANN, Query()), (shelf.newest(), LOCAL, Query(text="a")),
    ):  # fmt: skip
        with pytest.raises(Problem, match="does not belong"):
            listed(shelf, snapshot, viewer, query, limit=2, cursor=cursor)


def test_how_an_accounts_groups_moved_while_they_were_anothers_orders_nothing(tmp_path):
    bobs = groups(12, owners=("Bob",))
    weeks = {WEEKS[0]: bobs, WEEKS[1]: bobs[5:] + bobs[:5], WEEKS[2]: [{**row, "owner": "Ann"} for row in bobs]}
    shelf = Shelf(made_project(tmp_path, weeks))
    shelf.poll()
    for sort in ("movement", "-movement"):
        assert listed(shelf, shelf.snapshot(WEEKS[1]), ANN, Query(sort=sort), limit=50).positions == tuple(range(12))
    assert listed(shelf, shelf.snapshot(WEEKS[1]), LOCAL, Query(sort="-movement"), limit=50).positions[0] == 7
