"""What a pattern fits, which topic wins where several fit, and what a faulty pattern is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.data.patterns import FIELDS, Matcher, conflicts, parse_pattern, words_of
from bgml.data.roles import normal
from bgml.errors import SettingsError


def matcher(**topics):
    return Matcher([(topic, parse_pattern(pattern, "here")) for topic, patterns in topics.items() for pattern in patterns])


def topics_of(found, field, text):
    return {match.topic for match in found.matches(field, text)}


@pytest.mark.parametrize(
    ("pattern", "field", "text", "fits"),
    [
        ("data platform", "campaign", "2024 Data-Platform Webinar", True),
        ("data platform", "campaign", "data and platform", False),
        ("data platform", "asset", "whitepaper_data_platform.pdf", True),
        ("data*", "form", "Database tour", True),
        ("data", "form", "Database tour", False),
        ("DP-*", "campaign", "DP-2024 launch", True),
        ("DP-*", "campaign", "DPX launch", False),
        ("DP-*", "campaign", "DP", False),
        ("chief * officer", "keyword", "Chief Data Officer agenda", True),
        ("computerized physician order entry (cpoe)", "keyword", "Computerized Physician Order Entry (CPOE)", True),
        ("Größe", "form", "GROSSE Groesse größe", True),
        ("Data/AI", "campaign", "Webinar: Data/AI", True),
        ("Data/AI", "url", "/data/ai", True),
        ("campaign:DP-*", "campaign", "DP 1", True),
        ("campaign: DP-*", "keyword", "DP 1", False),
        ("product:Data Cloud", "product", "Data Cloud Enterprise", True),
        ("url:/solutions/data*", "url", "https://www.acme.com/en/solutions/data-cloud/pricing?utm_source=x", True),
        ("/solutions/data*", "url", "https://acme.com/solutions/database", True),
        ("/solutions/data", "url", "https://acme.com/solutions/database", False),
        ("/solutions/data/", "url", "https://acme.com/solutions/data-cloud", False),
        ("/solutions/data/", "url", "https://acme.com/solutions/data.html", True),
        ("/solutions/data/", "url", "acme.com/solutions/data", True),
        ("/solutions/data", "url", "https://acme.com/blog/solutions-data-myths", False),
        ("/solutions/data", "campaign", "solutions data", False),
        ("data platform", "url", "https://acme.com/data/platform", False),
        ("data platform", "url", "https://acme.com/a/data-platform-guide", True),
        ("data platform", "url", "https://acme.com/pricing?utm_campaign=data-platform#data-platform", False),
        ("url:data.acme.com/", "url", "http://data.acme.com", True),
        ("https://acme.com/ai", "url", "//acme.com/ai/x", True),
        ("/café", "url", "/caf%C3%A9", True),
        ("/app/data", "url", "https://acme.com/#/app/data", True),
        ("/a/*/b", "url", "/a/x/b", True),
        ("/a/*/b", "url", "/a/b", False),
    ],
)
def test_a_pattern_is_words_next_to_each_other_and_a_slash_is_a_word_of_a_url(pattern, field, text, fits):
    assert bool(matcher(x=[pattern]).matches(field, text)) is fits


def test_an_act_may_be_on_two_topics_but_a_longer_match_takes_the_shorter_inside_it():
    found = matcher(platform=["data platform"], governance=["data platform governance"], ml=["machine learning"])
    assert topics_of(found, "campaign", "Data platform and machine learning") == {"platform", "ml"}
    assert topics_of(found, "campaign", "Data platform governance") == {"governance"}
    assert topics_of(found, "campaign", "Data platform governance on your data platform") == {"governance", "platform"}
    assert topics_of(matcher(all=["/solutions/"], data=["/solutions/data*"]), "url", "/solutions/data-cloud") == {"data"}


def test_on_the_same_words_the_more_specific_pattern_decides_and_equal_ones_conflict():
    assert topics_of(matcher(a=["data *"], b=["data cloud"]), "campaign", "data cloud") == {"b"}
    assert topics_of(matcher(a=["dp"], b=["campaign:dp"]), "campaign", "dp") == {"b"}
    same = matcher(a=["data cloud"], b=["Data-Cloud"]).matches("campaign", "data cloud")
    assert [(one.topic, other.topic) for one, other in conflicts(same)] == [("a", "b")]
    apart = matcher(a=["data"], b=["cloud"]).matches("campaign", "data cloud")
    assert {match.topic for match in apart} == {"a", "b"} and not conflicts(apart)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("*", "has no letter or digit"),
        ("campaign: *", "has no letter or digit"),
        ("campain:DP", 'begins with "campain:", which is no field; did you mean "campaign"'),
        ("url:/search?q=data", "only the host and path of a URL are read"),
        ("/a#b", "only the host and path"),
    ],
)
def test_a_faulty_pattern_is_told(pattern, message):
    with pytest.raises(SettingsError, match=message) as caught:
        parse_pattern(pattern, "topics.toml, patterns")
    assert "topics.toml, patterns" in str(caught.value)


def test_a_colon_that_names_no_field_is_punctuation():
    assert topics_of(matcher(x=["SQL: a primer"]), "asset", "sql a primer") == {"x"}


WORDS = st.lists(st.sampled_from(["data", "cloud", "ai", "é", "v.p.", "DP", "2024", "x_y", "&"]), min_size=1, max_size=6)


@given(WORDS, st.sampled_from([" ", "-", "_", ", "]), st.sampled_from([field for field in FIELDS if field != "url"]))
def test_every_text_fits_itself_as_a_pattern(words, between, field):
    text = between.join(words)
    pattern = parse_pattern(f"{field}: {text} a", "here")
    assert pattern.text == tuple(normal(f"{text} a").split()) == tuple(words_of(field, f"{text} a"))
    assert matcher(x=[f"{text} a"]).matches(field, f"before {text} a after")


@given(st.text(max_size=80), st.sampled_from(FIELDS))
def test_any_text_can_be_read(text, field):
    words = words_of(field, text)
    assert all(word and " " not in word for word in words)
    if field == "url":
        assert words[-1] == "/" and "/ /" not in " ".join(words)


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=7), st.lists(st.lists(st.sampled_from(["a", "b", "*"]), min_size=1, max_size=3)))
def test_matches_agree_with_looking_at_every_place(words, patterns):
    stated = {f"t{number}": [" ".join([*pattern, "a"])] for number, pattern in enumerate(patterns)}
    found = topics_of(matcher(**stated), "form", " ".join(words))
    spans = {
        (topic, begin)
        for topic, (pattern,) in stated.items()
        for begin in range(len(words))
        if len(words) - begin >= len(pattern.split()) and all(p in ("*", w) for p, w in zip(pattern.split(), words[begin:], strict=False))
    }
    assert found <= {topic for topic, _ in spans} and bool(found) is bool(spans)
