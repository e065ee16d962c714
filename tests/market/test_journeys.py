"""Plans and walks."""

from __future__ import annotations

import numpy as np
import pytest

from bgml.market.journeys import LONGEST, NEVER, chance_of_opening, make_plans, ripeness, scatter, vigour, walk
from bgml.market.parameters import KINDS, SEATS, Market
from bgml.market.simulate import Simulated

MARKET = Market()
NAMES = [kind.name for kind in KINDS]


def plans_of(kind: str, n: int = 4000, segment: int = 1, fit: int = 2):  # noqa: ANN201
    random = np.random.default_rng(1)
    return make_plans(
        MARKET, random, np.full(n, NAMES.index(kind), np.int8), np.full(n, segment, np.int8), np.full(n, fit, np.int8)
    )


def test_activity_grows_and_fades_and_ends() -> None:
    shape = vigour(np.arange(40), np.full(40, 30))
    peak = int(shape.argmax())
    assert 0 < peak < 25
    assert (np.diff(shape[: peak + 1]) >= 0).all() and (np.diff(shape[peak:30]) <= 0).all()
    assert (shape[30:] == 0).all() and (ripeness(np.arange(30, 40), np.full(10, 30)) == 0).all()


def test_nothing_opens_at_the_start_but_what_a_seller_picks_up() -> None:
    first, length = np.zeros(2, dtype=np.int64), np.full(2, 30)
    chance = chance_of_opening(MARKET, np.array([0.5, 0.5]), np.array([False, True]), first, length)
    assert chance == pytest.approx([0.0, MARKET.pickup])


def test_more_people_open_sooner_and_win_more() -> None:
    plans = plans_of("evaluation")
    assert (np.diff(plans.opening, axis=1) >= 0).all() and (np.diff(plans.winning, axis=1) >= 0).all()
    assert plans.winning[:, 4].mean() > 2 * plans.winning[:, 0].mean()


def test_committees_fit_their_kind() -> None:
    evaluation, curiosity, alone = (plans_of(kind) for kind in ("evaluation", "curiosity", "researcher"))
    assert evaluation.size.mean() > 2 * curiosity.size.mean() > 2 * alone.size.mean() == 2.0
    assert evaluation.size.max() <= SEATS and (alone.seats[:, 0] == -1).all()
    assert (plans_of("rival").winning < 1e-12).all()


def test_nobody_sits_twice() -> None:
    seats = plans_of("evaluation", segment=0).seats
    assert all(len(set(row)) == len(row) for row in seats[:500, :8].tolist())


def test_a_walk_keeps_to_its_plan() -> None:
    plans = plans_of("evaluation")
    joined, opened, leads = walk(MARKET, np.random.default_rng(3), plans)
    people = (joined < NEVER).sum(axis=1)
    assert (people <= plans.size).all() and (people >= plans.first).all()
    assert (np.diff(joined, axis=1) >= 0).all()
    assert ((opened < plans.length) | (opened == NEVER)).all()
    assert not (leads & (np.arange(LONGEST) >= plans.length[:, None])).any()


def test_scattered_events_follow_their_weights() -> None:
    account, week = scatter(np.random.default_rng(0), np.array([1.0, 0.0, 3.0]), np.array([100.0, 300.0]))
    assert set(account) == {0, 2}
    assert (account == 2).mean() == pytest.approx(0.75, abs=0.05)
    assert (week == 1).mean() == pytest.approx(0.75, abs=0.05)
    assert len(week) == pytest.approx(1600, abs=160)


def test_competitors_have_journeys_of_their_own_kind_only(made: Simulated) -> None:
    rival = made.population.rival[made.journeys.account]
    assert rival.any()
    assert (rival == (made.journeys.plans.kind == NAMES.index("rival"))).all()
