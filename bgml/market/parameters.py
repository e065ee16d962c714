"""What the market believes: every number of the simulation, with why it is there.

The defaults are meant to stay: they set how hard the market is, and results on it are only comparable while they do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

UNTIL = date(2026, 1, 5)
"""Everything before this Monday's midnight is in the tables."""

HORIZON = 180
"""Days within which an opportunity must be won: the outcome whose probability the truth holds."""

LOOKBACK = 91
"""Days a signal keeps a pair of account and topic in the truth."""

BURN_IN = 60
"""Weeks simulated before the first one, so that the market does not start empty."""

SEATS = 10
"""The most people a committee can have."""

SEGMENTS = ("smb", "mid-market", "enterprise")
TOPICS = {
    "analytics": "Analytics and reporting",
    "automation": "Process automation",
    "collaboration": "Collaboration suite",
    "data-platform": "Data platform",
    "integration": "Integration and APIs",
    "machine-learning": "Machine learning",
    "observability": "Observability",
    "security": "Security operations",
}
ROLES = ("decision_maker", "champion", "influencer", "practitioner", "finance", "procurement", "it_security")
FUNCTIONS = ((0,), (1,), (3,), (4,))
"""What a purchase needs, as roles that can give it: a decision, a champion, someone who will work with it, and the money."""


@dataclass(frozen=True)
class Kind:
    """One kind of journey: who comes, how much they do, and whether anything can come of it.

    Per-segment tuples are in the order of SEGMENTS; `roles` are the odds of each of ROLES to join next.
    """

    name: str
    rate: float  # journeys an account starts per week, over all topics
    weeks: tuple[float, float, float]  # median length in weeks
    people: tuple[float, float, float]  # mean size of the committee, were it not cut at SEATS
    roles: tuple[float, float, float, float, float, float, float]
    actions: float  # median acts of a member in a full week
    spread: float  # of the logarithm of that number between members: a few people make most of the noise
    hazard: float  # chance per week that a ready committee opens an opportunity
    odds: float  # added to the log odds of winning
    leads: float  # how easily its acts make an MQL
    intent: float  # chance per full week that a third party reports research
    fit: float  # how much more often accounts that fit start one
    serious: float  # share of acts near a purchase (pricing, demo) at the end of the journey


_PROMISING = (0.9, 1.4, 0.9, 1.2, 0.8, 0.5, 0.9)
_LEARNING = (0.2, 0.5, 1.0, 2.2, 0.1, 0.1, 0.7)
_WATCHING = (0.4, 1.2, 1.5, 2.0, 0.0, 0.0, 0.6)
_ALONE = (0.0,) * 7

KINDS = (
    # The journeys that become deals. Committees are broad, come from several functions, and each member does little.
    Kind("evaluation", 0.0036, (24, 30, 36), (2.8, 4.8, 6.8), _PROMISING, 0.8, 0.9, 0.30, 0.0, 0.030, 0.35, 0.45, 0.45),
    # People who follow a subject. They look like the first weeks of an evaluation, and sometimes bring colleagues.
    Kind("curiosity", 0.0055, (18, 22, 26), (1.4, 1.8, 2.3), _LEARNING, 0.8, 1.0, 0.30, 0.0, 0.015, 0.06, 0.10, 0.06),
    # One person who reads everything: the top of every list that counts actions, and full of MQLs.
    Kind("researcher", 0.0030, (8, 10, 12), (1, 1, 1), _ALONE, 7.0, 0.7, 0.0, -2.5, 0.060, 0.05, 0.0, 0.10),
    # Students and interns: eager and without a budget.
    Kind("student", 0.0012, (6, 6, 6), (1, 1, 1), _ALONE, 5.0, 0.6, 0.0, -6.0, 0.040, 0.0, 0.0, 0.05),
    # Competitors: whole teams of theirs look at everything, and never buy.
    Kind("rival", 0.0200, (20, 24, 30), (3.0, 4.5, 6.0), _WATCHING, 1.0, 0.8, 0.0, -99.0, 0.030, 0.05, 0.0, 0.20),
)


@dataclass(frozen=True)
class Market:
    """The numbers of one simulated market.

    `accounts` and `weeks` say how big it is, `seed` which of all such markets; all else is how it works.
    """

    accounts: int = 2000
    weeks: int = 200
    seed: int = 0

    # Accounts
    segments: tuple[float, float, float] = (0.5, 0.33, 0.17)
    activity: tuple[float, float, float] = (0.75, 1.15, 1.6)  # larger companies start more journeys
    focus: float = 0.6  # shape of the topic shares of an account: below 1, most accounts care about few topics
    rivals: float = 0.012  # share of accounts that are competitors
    fit_noise: float = 0.5  # how little industry, region and size say about fit
    accounts_per_owner: int = 80

    # People, as the tables tell of them
    untitled: float = 0.05  # share without a title, and without a department; twice as many without a seniority
    stated_roles: float = 0.35  # share whose role in a purchase somebody noted
    promotions: float = 0.05

    # Journeys
    need: tuple[int, int, int] = (2, 4, 6)  # people it takes to buy: three are many in a small company, few in a large one
    eager: float = 0.15  # spread of the log odds that a committee moves, seen by nobody
    coming: float = 0.25  # share of a journey after which the planned committee is complete, on average
    together: float = 0.75  # share of the rest of a committee that is there from the first week, on average
    mood: float = 0.7  # spread of the log of a journey's acts: some companies click a lot, whoever comes
    dark: float = 0.06  # share of journeys that only third parties see
    breadth_odds: float = 4.0  # log odds of winning per full committee
    coverage_odds: float = 1.8  # log odds of winning from no function covered to all
    fit_odds: float = 0.2  # log odds of winning per level of fit
    base_odds: float = -5.2  # log odds of winning with nobody, nothing covered and middling fit
    pickup: float = 0.10  # chance that a seller opens an opportunity the week after an MQL, whoever else is there
    closing_days: tuple[float, float, float] = (38, 50, 66)  # median days from opening to won
    closing_spread: float = 0.45
    lost_longer: float = 1.4  # lost deals stay open longer

    # Purchases without a trace
    unseen: float = 0.0035  # opportunities an account opens per week with no journey behind them
    unseen_odds: float = -0.9

    # Calendar
    drift: float = 0.35  # spread of the yearly change of a topic's log popularity
    fashion: float = 0.35  # size of its slow swings

    # Traces of members
    no_amount: float = 0.08  # share of opportunities without one

    never_named: float = 0.05  # share of members who never tell who they are
    named_after: float = 0.7  # chance per week that the others do
    consent: float = 0.01  # more members stay anonymous, per year
    after_purchase: float = 0.35  # acts per week of a customer's committee in the year after it won

    # Sellers
    routine_touches: float = 0.02  # calls per account and week about nothing
    answered: float = 0.6  # share of MQLs that get a call
    work: float = 1.2  # touches per week of an open opportunity
    noted: float = 0.45  # share of those involved whom sellers note on an opportunity

    # Noise; rates per account and week, over all topics
    campaign_every: int = 7  # weeks between two newsletters or webinars on a topic
    campaign_reach: float = 0.010  # share of accounts that answer one
    campaign_people: float = 2.4  # mean people of an account that do, all on one day
    bots: float = 0.0020
    strays: float = 0.0100  # a single visit that leads nowhere
    echoes: float = 0.0040  # third-party intent about nothing
    movers: float = 0.06  # share of the people outside committees who change company
    late: float = 0.05  # share of signals that are recorded late
    late_days: float = 12.0  # their mean delay

    kinds: tuple[Kind, ...] = field(default=KINDS)

    @property
    def first_day(self) -> int:
        """Day, since 1970-01-01, of the Monday the tables begin with."""
        return self.last_day - 7 * self.weeks

    @property
    def last_day(self) -> int:
        """Day, since 1970-01-01, of UNTIL."""
        return (UNTIL - date(1970, 1, 1)).days


PARTS = (
    *("population", "calendar", "plans", "walk", "deals", "members", "traces", "noise", "records"),
    *("touches", "contacts", "typical", "texts"),
)


def generator(market: Market, part: str) -> np.random.Generator:
    """The source of randomness of one part: changing what one part draws leaves the others as they were."""
    return np.random.default_rng(np.random.SeedSequence([market.seed, PARTS.index(part)]))


def by_segment(values: tuple[float, ...], segment: NDArray[np.int8]) -> NDArray[np.float64]:
    """The value of each row's segment."""
    return np.asarray(values, dtype=np.float64)[segment]
