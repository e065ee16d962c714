"""The impact as a whole on a market whose truth is known, and on data that cannot tell."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from bgml.cli.terminal import plain
from bgml.data.dataset import Dataset, open_tables
from bgml.errors import DataError
from bgml.insight.impact.impact import Impact, document, impact
from bgml.insight.impact.wording import sentences, trial_sentences
from bgml.project import Project
from tests.insight.impact.markets import market
from tests.insight.worlds import World, at, settings


def run(world: World, root: Path, since: datetime.date | None = None, **changes) -> Impact:
    given = settings(**{"outcome": {"horizon": 90}, **changes})
    return impact(Project(root, given), open_tables(world.frames()), since)


def ratios(found: Impact):
    return {measure.key: ratio for measure, ratio in found.headline}


def test_it_finds_what_the_market_holds(tmp_path):
    found = run(market(size=300), tmp_path)
    ratio = ratios(found)
    assert ratio["conversion"].crude.low > 1
    assert ratio["win_rate"].crude.value == pytest.approx(2, rel=0.6)
    assert ratio["amount_mean"].crude.value > 2.2
    adjusted = ratio["amount_mean"].adjusted
    assert adjusted is not None and adjusted.low < 2 < adjusted.high
    assert ratio["amount_mean"].strata == ("segment",)
    assert ratio["cycle_won"].crude.low <= 0.59
    assert ratio["cycle_won"].crude.high < 0.8


def test_the_numbers_are_those_of_the_tables(tmp_path):
    world = market()
    found = run(world, tmp_path)
    win_rate = ratios(found)["win_rate"]
    deals = world.frames()["opportunities"]
    group = deals["account_id"].str[1:].astype(int) % 2 == 0
    for side, mask in ((win_rate.over, group), (win_rate.under, ~group)):
        assert side.rows == mask.sum()
        assert side.opportunities == (deals[mask]["outcome"] == "won").sum()
        assert side.value.value == pytest.approx((deals[mask]["outcome"] == "won").mean())


def test_it_says_that_it_is_no_cause_and_what_an_engaged_group_is(tmp_path):
    said = " ".join(sentences(run(market(), tmp_path)))
    assert "association, not cause" in said
    assert "at least 3 known people of the account with at least 3 signals" in said


def test_since_counts_only_later_deals(tmp_path):
    world = market()
    found = run(world, tmp_path, at(50).date())
    later = world.frames()["opportunities"]["created_at"] >= at(50)
    assert f"{later.sum():,} opportunities created since {at(50).date()}" in found.about[0]


def test_roles_are_told_where_people_have_titles(tmp_path):
    with_titles = run(market(), tmp_path)
    assert {ladder.key for ladder in with_titles.roles} >= {"win_rate"}
    bare = market()
    bare.people = []
    found = run(bare, tmp_path)
    assert found.roles == ()
    assert any("No people table" in line for line in found.missing)


def test_missing_amounts_and_lost_deals_are_said(tmp_path):
    found = run(market(amounts=False), tmp_path)
    assert not any(key.startswith("amount") for key in ratios(found))
    assert any(line.startswith("No amounts") for line in found.missing)
    assert any("same mix of amounts" in line for line in found.missing)
    assert any("none is lost" in line for line in run(market(lost=False), tmp_path).missing)


def test_pilot_against_control_since_it_began_and_before(tmp_path):
    world = market(pilot=True, size=160)
    found = run(world, tmp_path, at(60).date(), impact={"pilot": "wave"})
    assert found.trial is not None
    since = {measure.key: ratio for measure, ratio in found.trial.since}
    before = {measure.key: ratio for measure, ratio in found.trial.before}
    assert {"engaged_share", "win_rate", "conversion"} <= set(since)
    deals = world.frames()["opportunities"]
    wave = deals["account_id"].map({name: facts.get("wave") == "pilot" for name, facts in world.accounts.items()})
    for got, mask in ((since, deals["created_at"] >= at(60)), (before, deals["closed_at"] < at(60))):
        assert got["win_rate"].over.rows == (wave & mask).sum()
        assert got["win_rate"].under.rows == (~wave & mask).sum()
    said = " ".join(trial_sentences(found))
    assert 'as pilot "pilot" (40)' in said
    assert f"Before {at(60).date()}" in said


def test_a_pilot_without_a_date_is_told_over_all_the_data(tmp_path):
    found = run(market(pilot=True), tmp_path, impact={"pilot": "wave"})
    assert found.trial is not None
    assert found.trial.since and not found.trial.before
    assert "--since" in " ".join(trial_sentences(found))


def test_a_pilot_column_with_one_side_is_said(tmp_path):
    found = run(market(), tmp_path, impact={"pilot": "segment"})
    assert found.trial is not None and found.trial.since == ()
    assert any("every account is read as control" in line for line in found.missing)


def test_the_document_is_json_without_names(tmp_path):
    found = run(market(pilot=True), tmp_path, impact={"pilot": "wave"})
    text = json.dumps(plain(document(found, list(sentences(found)))), allow_nan=False)
    assert "Secret" not in text
    assert json.loads(text)["headline"][0]["measure"] == "conversion"


def nobody() -> Dataset:
    frames = market().frames()
    return open_tables({**frames, "signals": frames["signals"].assign(person_id=None, visitor_id="v")})


@pytest.mark.parametrize(
    ("dataset", "since", "message"),
    [
        (nobody, None, "no row names a person"),
        (lambda: open_tables(market().frames()), datetime.date(2030, 1, 1), "nothing can be known since 2030-01-01"),
        (lambda: open_tables(market(size=4).frames()), at(398).date(), "nothing to compare since"),
    ],
)
def test_where_nothing_can_be_compared_it_stops_with_a_sentence(tmp_path, dataset, since, message):
    with pytest.raises(DataError, match=message):
        impact(Project(tmp_path, settings(outcome={"horizon": 90})), dataset(), since)
