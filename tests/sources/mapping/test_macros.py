"""What raw text means: ids, moments, numbers, e-mails, domains."""

from __future__ import annotations

import datetime
import string
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.sources.mapping.macros import PERSONAL, SUFFIX, create_macros

Ask = Callable[..., Any]
CONNECTION = duckdb.connect()
create_macros(CONNECTION)


def ask(expression: str, text: str | None) -> Any:
    row = CONNECTION.execute(f"SELECT {expression.replace('?', '$1')}", [text]).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize(
    "full", ["0015500000Xyy06AAB", "0031G00000xRXHBQA4", "0031G00001Pji7ZQAR", "0061G00000N38JZQAZ", "00Q1G00000nOMcPUAW"]
)
def test_real_ids_get_their_check_characters(full: str) -> None:
    assert ask("id18(?)", full[:15]) == full == ask("id18(?)", full)


@given(st.text(string.ascii_letters + string.digits, min_size=15, max_size=15))
def test_ids_that_differ_in_case_alone_differ_without_it(text: str) -> None:
    full = ask("id18(?)", text)
    marks = [sum(1 << bit for bit in range(5) if text[begin + bit].isupper()) for begin in (0, 5, 10)]
    assert full == text + "".join(SUFFIX[mark] for mark in marks)
    assert ask("id18(?)", full) == full
    if text != text.swapcase():
        assert full.lower() != ask("id18(?)", text.swapcase()).lower()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2019-10-17T21:10:19.000+0000", "2019-10-17 21:10:19"),
        ("2019-10-17T21:10:19+02:00", "2019-10-17 19:10:19"),
        ("2019-10-17 21:10:19-07", "2019-10-18 04:10:19"),
        ("2019-10-17 21:10:19.5", "2019-10-17 21:10:19.5"),
        ("2019-10-17T21:10:19Z", "2019-10-17 21:10:19"),
        (" 2019-10-17 ", "2019-10-17"),
        ("10/17/2019", "2019-10-17"),
        ("17/10/2019", "2019-10-17"),
        ("3/4/2020 9:05 PM", "2020-03-04 21:05"),
        ("17.10.2019 13:00", "2019-10-17 13:00"),
        ("Oct 17, 2019", "2019-10-17"),
        ("20191017", "2019-10-17"),
        ("1571346619000", "2019-10-17 21:10:19"),
        ("1571346619", "2019-10-17 21:10:19"),
        ("2019-13-40", None),
        ("infinity", None),
        ("epoch", None),
        ("", None),
        ("soon", None),
        (None, None),
    ],
)
def test_moments_of_any_usual_form(text: str | None, meant: str | None) -> None:
    assert ask("moment(?)", text) == (None if meant is None else datetime.datetime.fromisoformat(meant))


@given(st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2100, 1, 1)), st.integers(-12, 12))
def test_a_moment_is_the_same_whatever_its_offset(moment: datetime.datetime, hours: int) -> None:
    zone = datetime.timezone(datetime.timedelta(hours=hours))
    told = moment.replace(tzinfo=datetime.UTC).astimezone(zone).isoformat()
    assert ask("moment(?)", told) == moment
    assert ask("moment(?)", moment.isoformat(sep=" ")) == moment


def test_the_day_comes_first_where_it_is_said_to() -> None:
    other = duckdb.connect()
    create_macros(other, day_first=True)
    assert other.execute("SELECT moment('3/4/2020'), moment('4/25/2020')").fetchone() == (
        datetime.datetime(2020, 4, 3),
        datetime.datetime(2020, 4, 25),
    )


def test_a_day_ends_with_its_last_microsecond() -> None:
    assert ask("day_end(?)", "2018-12-19 08:00:00") == datetime.datetime(2018, 12, 19, 23, 59, 59, 999999)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("1,200", 1200), ("1,5", 1.5), ("$ 1.000,50", 1000.5), ("12,345,678.5", 12345678.5), ("USD -7.5", -7.5), ("1e3", 1000), ("EUR 12", 12),
     ("-.5", -0.5), ("nan", None), ("1e400", None), ("x", None), ("", None)],
)  # fmt: skip
def test_numbers_with_signs_of_thousands_and_currencies(text: str, meant: float | None) -> None:
    assert ask("number(?)", text) == meant


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_as_python_writes_them_are_read(value: float) -> None:
    assert ask("number(?)", repr(value)) == value


@pytest.mark.parametrize(
    ("text", "meant"),
    [("https://www.Acme.com/x?y", "acme.com"), ("acme.co.uk", "acme.co.uk"), ("a@b.co", "b.co"), ("www.acme.com.", "acme.com"),
     ("http://user:pw@acme.com:80/", "acme.com"), ("10.0.0.1", None), ("acme", None), ("acme.com, inc", None), ("münchen.de", "münchen.de"),
     ("ye4O0TtPzpTBUyS5TfSNig==", None), ("", None)],
)  # fmt: skip
def test_domains_of_urls_and_mails(text: str, meant: str | None) -> None:
    assert ask("domain(?)", text) == meant


@pytest.mark.parametrize(("text", "meant"), [(" Ann@X.com", "ann@x.com"), ("mailto:a@b.co", "a@b.co"), ("a@b", None), ("Ann", None)])
def test_mails(text: str, meant: str | None) -> None:
    assert ask("email(?)", text) == meant


def test_personal_domains_are_known_whatever_their_case() -> None:
    assert ask("personal(?)", "GMail.com") is True and ask("personal(?)", "acme.com") is False and ask("personal(?)", None) is False
    assert list(PERSONAL) == sorted(set(PERSONAL))


@pytest.mark.parametrize(("text", "meant"), [("TRUE", True), ("1", True), (" yes ", True), ("0", False), ("x", False), ("", None)])
def test_truth(text: str, meant: bool | None) -> None:
    assert ask("truth(?)", text) is meant


@given(st.text())
def test_no_text_makes_a_macro_fail(text: str) -> None:
    text = text.replace("\0", "")
    for macro in ("id18", "moment", "day_end", "truth", "number", "clean", "email", "domain"):
        ask(f"{macro}(?)", text)
