"""Addresses in ranges, against Python's ipaddress asked one by one."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.sources.visitors.networks import Networks, address, between, network


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("10.1.2.3", "10.1.2.3"),
        (" 10.1.2.3:8080 ", "10.1.2.3"),
        ("10.1.2.3, 192.168.0.1", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8::1", "2001:db8::1"),
    ],
)
def test_addresses_are_read_as_they_stand_in_logs(text, plain):
    found = ipaddress.ip_address(plain)
    assert address(text) == found.version << 128 | int(found)


@pytest.mark.parametrize("text", ["", "unknown", "10.1.2", "10.1.2.3.4", "999.1.1.1", "::g", "-", "1234", ","])
def test_what_is_no_address_is_none(text):
    assert address(text) is None


@pytest.mark.parametrize("text", ["10.0.0.0/33", "x/8", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "", "-"])
def test_what_is_no_range_is_none(text):
    assert network(text) is None


def test_a_range_is_cidr_two_addresses_numbers_or_one():
    assert network("10.0.0.0/24") == between("10.0.0.0", "10.0.0.255") == between("167772160", "167772415")
    assert network("10.0.0.77/24") == network("10.0.0.0/24")  # host bits set, as some tables have them
    assert network("::1") == between("::1", "::1")


def test_the_narrowest_range_wins_and_of_equals_the_first():
    held = Networks([network(text) for text in ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.0.0-10.1.255.255", "::/0")])
    assert held.find(["10.9.9.9", "10.1.9.9", "10.1.2.3", "11.0.0.0", "::ffff:10.1.2.3", "ff::", "no", ""]).tolist() == [
        0,
        1,
        2,
        -1,
        2,
        4,
        -1,
        -1,
    ]


def test_without_ranges_or_addresses_nothing_is_found():
    assert Networks([]).find(["10.0.0.1"]).tolist() == [-1]
    assert Networks([network("10.0.0.0/8")]).find([]).tolist() == []


V4 = st.integers(0, 40).map(lambda low: int(ipaddress.ip_address("10.0.0.0")) + low)
V6 = st.integers(0, 40).map(lambda low: int(ipaddress.ip_address("2001:db8::")) + low * 2**30)
FAR4 = st.sampled_from([0, 2**32 - 1, 2**31])
FAR6 = st.sampled_from([0, 2**128 - 1, 256, 2**64])


def spans(values, kind):
    return st.tuples(values, values).map(lambda pair: (kind(min(pair)), kind(max(pair))))


IPS = st.one_of((V4 | FAR4).map(ipaddress.IPv4Address), (V6 | FAR6).map(ipaddress.IPv6Address))
RANGES = st.lists(st.one_of(spans(V4 | FAR4, ipaddress.IPv4Address), spans(V6 | FAR6, ipaddress.IPv6Address)), max_size=12)


def holds(span, ip):
    return span[0].version == ip.version and span[0] <= ip <= span[1]


@given(RANGES, st.lists(IPS, max_size=20))
def test_the_range_found_is_the_one_found_by_asking_every_range(ranges, ips):
    held = Networks([between(str(first), str(last)) for first, last in ranges])
    expected = []
    for ip in ips:
        plain = getattr(ip, "ipv4_mapped", None) or ip
        holding = [(int(last) - int(first), place) for place, (first, last) in enumerate(ranges) if holds((first, last), plain)]
        expected.append(min(holding, default=(0, -1))[1])
    assert held.find([str(ip) for ip in ips]).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)), max_size=8), st.lists(st.integers(0, 2**32 - 1), max_size=8))
def test_networks_of_any_size_hold_what_ipaddress_says(prefixes, numbers):
    nets = [ipaddress.ip_network((number, length), strict=False) for number, length in prefixes]
    ips = (
        [ipaddress.IPv4Address(number) for number in numbers]
        + [net.network_address for net in nets]
        + [net.broadcast_address for net in nets]
    )
    found = Networks([network(str(net)) for net in nets]).find([str(ip) for ip in ips])
    for ip, place in zip(ips, found, strict=True):
        longest = max((net.prefixlen for net in nets if ip in net), default=None)
        assert (longest is None and place == -1) or (ip in nets[place] and nets[place].prefixlen == longest)
