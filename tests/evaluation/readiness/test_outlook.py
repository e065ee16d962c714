"""Each win has one fate, and what can be learned from is what training finds."""

from __future__ import annotations

import datetime

import pytest

from bgml.data.dataset import open_dataset
from bgml.errors import DataError
from bgml.evaluation.readiness.outlook import Outlook, Whole
from bgml.groups.dates import folds, newest_monday, training_dates
from bgml.learning.examples import collect
from tests.evaluation.readiness.made import dataset, settings, tables
from tests.small_project import reopened, small_project

EARLY = ("a", "x", "2023-01-01", "2023-02-01")
WON = ("a", "x", "2024-05-01", "2024-06-01")
ACT = ("a", "x", "2024-04-20")
EPOCH = datetime.date(1970, 1, 1)


@pytest.mark.parametrize(
    ("wins", "acts", "fate"),
    [
        ([WON], [ACT], "in_reach"),
        ([("a", "x", "2024-05-01", "2024-06-28 00:00")], [ACT], "beyond_horizon"),
        ([("a", "x", "2024-05-01", "2024-06-27 23:59")], [ACT], "in_reach"),
        ([WON], [("a", "x", "2023-12-01")], "earlier"),
        ([WON], [("a", "y", "2024-04-20")], "other_topic"),
        ([WON], [("a", "y", "2022-12-20")], "no_candidate"),
        ([WON], [("a", "x", "2024-05-01")], "no_signal"),
        ([WON], [], "no_signal"),
        ([EARLY], [("a", "x", "2023-01-10")], "before_signals"),
        ([("a", "x", "2024-05-01", "2024-06-01")], [("a", "x", "2024-04-29")], "no_signal"),
        ([("a", "x", "2024-05-01", "2024-06-01")], [("a", "x", "2024-04-28 23:59")], "in_reach"),
    ],
)  # fmt: skip
def test_the_fate_of_a_win(wins, acts, fate):
    whole = Outlook(dataset(wins, acts), settings()).whole(settings())
    assert whole.wins == 1
    parts = {name: getattr(whole, name) for name in Whole.__dataclass_fields__ if name not in ("wins", "ever")}
    assert parts == {name: int(name == fate) for name in parts}
    assert whole.ever == (fate in ("in_reach", "beyond_horizon", "earlier"))


def test_a_customer_is_blocked_until_customer_days_have_passed():
    first, again = ("a", "x", "2023-09-01", "2023-10-01"), ("a", "x", "2024-05-01", "2024-06-01")
    found = dataset([first, again], [("a", "x", "2023-08-20"), ACT])
    whole = Outlook(found, settings()).whole(settings())
    assert (whole.in_reach, whole.blocked) == (1, 1)
    free = settings(groups={"customer_days": 100})
    assert Outlook(found, free).whole(free).in_reach == 2


def test_matched_by_account_another_topic_reaches():
    by_account = settings(outcome={"horizon": 60, "match": "account"})
    whole = Outlook(dataset([WON], [("a", "y", "2024-04-20")]), by_account).whole(by_account)
    assert (whole.in_reach, whole.other_topic) == (1, 0)


def test_the_horizon_that_holds_a_share_counts_from_the_last_date():
    # 2024-05-01 is a Wednesday: the last as-of date before is Monday 2024-04-29, 33 days before the win.
    wins = [WON, ("b", "x", "2024-05-06", "2024-05-10"), ("c", "x", "2024-05-06", "2024-08-01")]
    outlook = Outlook(dataset(wins, []), settings())
    assert [outlook.needed_horizon(settings(), share) for share in (0.3, 0.6, 0.8)] == [5, 34, 88]
    assert Outlook(dataset([], [ACT], opportunities=_lost()), settings()).needed_horizon(settings(), 0.8) is None


def test_created_deals_need_not_be_won():
    created = settings(outcome={"horizon": 60, "target": "created"})
    outlook = Outlook(dataset([], [("a", "x", "2024-04-20")], opportunities=_lost()), created)
    assert (outlook.whole(created).in_reach, outlook.learnable(created)) == (1, 1)
    assert outlook.whole(settings()).wins == 0


@pytest.mark.parametrize("outcome", [{"horizon": 90}, {"horizon": 90, "match": "account"}, {"horizon": 40, "target": "created"}])
@pytest.mark.parametrize("groups", [{}, {"lookback": 28, "customer_days": 30}])
def test_what_can_be_learned_from_is_what_training_finds(tmp_path, outcome, groups):
    small_project(tmp_path)
    project = reopened(tmp_path, outcome=outcome, groups=groups)
    data = open_dataset(project)
    outlook = Outlook(data, project.settings)
    first = EPOCH + datetime.timedelta(data.first_day)
    dates = training_dates(project.settings, first, newest_monday(data.until), data.until)

    def deals(some):
        return collect(project, data, some, columns=["actions_7d"]).deals["opportunity_id"].nunique()

    assert outlook.learnable(project.settings) == deals(dates) > 0
    expected = [(fold.number, deals(fold.train), deals(fold.test)) for fold in folds(project.settings, first, data.until, 3)]
    assert [(fold.number, fold.train, fold.test) for fold in outlook.fold_wins(project.settings, 3)] == expected


def test_no_mature_date_is_told():
    far = settings(outcome={"horizon": 5000})
    outlook = Outlook(dataset([WON], [ACT]), far)
    with pytest.raises(DataError, match="horizon 5000 days"):
        outlook.learnable(far)
    assert outlook.in_reach(far) == 1


def _lost():
    return tables([WON], [])["opportunities"].assign(outcome="lost")
