"""What may be declared, and what is refused with which words."""

from __future__ import annotations

import pytest

from bgml.engine.columns.algebra import CATEGORIES, Attribute, attribute, deals, measure, moment, says
from bgml.engine.columns.algebra import WINDOWS as STARTER_WINDOWS
from bgml.errors import FeatureError


def test_a_measure_counts_signals_in_four_windows_unless_told_otherwise():
    declared = measure()
    assert declared.entity == ("signal",)
    assert declared.windows == STARTER_WINDOWS == (7, 28, 91, 182)
    assert (declared.where, declared.f, declared.of, declared.grain) == ((), "any", "number", "group")


def test_conditions_have_one_form():
    expected = (("action", ("visit",)), ("category", ("anonymous", "named")))
    assert measure(where={"category": ["named", "anonymous"], "action": "visit"}).where == expected
    assert measure(where={"action": ("visit",), "category": ("anonymous", "named")}).where == expected
    assert measure(where="named").where == (("category", ("named",)),)
    assert measure("role", where={"required": True}).where == (("required", ("yes",)),)


def test_windows_may_be_any_whole_days_or_the_whole_history():
    assert measure(windows=(1, 36_500)).windows == (1, 36_500)
    assert measure(windows=[3]).windows == (3,)
    assert measure(windows=None).windows is None
    assert deals("won").windows is None
    assert deals("won", windows=(364,)).windows == (364,)


@pytest.mark.parametrize(
    ("declare", "told"),
    [
        (lambda: measure("persons"), 'measure counts "persons", which is not one of signal, person, .*; did you mean "person"?'),
        (lambda: measure(("person", "weak")), 'measure counts "weak", .* did you mean "week"?'),
        (lambda: measure("person", f="roots"), 'f is "roots", expected one of any, all, root, square, concentration; did you mean "root"?'),
        (lambda: measure("person", of="amount"), 'of is "amount", expected one of number, weight'),
        (lambda: measure(grain="acount"), 'grain is "acount", expected one of group, account, topic; did you mean "account"?'),
        (lambda: measure(where="names"), 'where category is "names", expected one of named, .*; did you mean "named"?'),
        (lambda: measure(where={"category": ["named", "nobody"]}), 'where category is "nobody"'),
        (lambda: measure(where={"rolle": "champion"}), 'where is "rolle", expected one of category, action, .* did you mean "role"?'),
        (lambda: measure("role", where={"required": False}), "where: required can only be True"),
        (lambda: measure(windows=(0,)), "windows holds 0, expected whole days from 1 to 36500"),
        (lambda: measure(windows=(7, 36_501)), "windows holds 36501"),
        (lambda: measure(windows=(7.5,)), "windows holds 7.5"),
        (lambda: measure(windows=(True,)), "windows holds True"),
        (lambda: measure("topic"), 'measure("topic") counts the topics of an account: set grain="account"'),
        (lambda: measure(("signal", "week")), '"signal" cannot be paired'),
        (lambda: measure(("either", "week")), '"either" cannot be paired with another entity; use "person"'),
        (lambda: measure(f="root"), 'single signals are rolled up by day; expected f="all"'),
        (lambda: measure(of="weight"), 'measure("signal", of="weight") with f="any"'),
        (lambda: measure("person", grain="topic"), 'grain="topic" counts signals of all accounts'),
        (lambda: measure(grain="topic", where={"role": "champion"}), "conditions on category and action"),
        (lambda: measure("role", grain="account", where={"required": True}), 'where={"required": True} depends on the topic'),
        (lambda: moment("latest"), 'moment("latest"): expected "last", "first" or the number of an arrival from 1 to 9'),
        (lambda: moment(0), 'moment("0")'),
        (lambda: moment(10), 'moment("10")'),
        (lambda: moment("last", entity="day"), 'entity is "day", expected one of either, person'),
        (lambda: moment("last", grain="topic"), 'grain is "topic", expected one of group, account'),
        (lambda: moment("last", where={"role": "champion"}), "moment: where can name category and action only"),
        (lambda: deals("win"), 'deals is "win", expected one of won, lost, opened, open; did you mean "won"?'),
        (lambda: deals("open", windows=(91,)), 'deals("open") is a state of one date and takes no windows'),
        (lambda: attribute("industry", table="people"), 'table is "people", expected one of accounts, topics'),
        (lambda: attribute("name", table="topics"), 'the only number stated for a topic is "required_roles"'),
    ],
)
def test_what_cannot_be_is_refused(declare, told):
    import re

    pattern = ".*".join(re.escape(part) for part in told.split(".*"))
    with pytest.raises(FeatureError, match=pattern):
        declare()


def test_an_attribute_is_a_column_of_accounts():
    assert attribute("tier", says="tier {value}") == Attribute("tier", "accounts", "tier {value}", None)


def test_says_marks_a_function_with_its_sentence():
    @says("{value} times")
    def twice(m):
        return m

    assert twice.__says__ == "{value} times"
    assert twice(3) == 3


def test_categories_are_those_of_the_tables():
    from bgml.data import tables

    assert CATEGORIES == tables.CATEGORIES
