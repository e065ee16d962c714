"""A table of ranges and companies as its file states it."""

from __future__ import annotations

import pytest

from bgml.errors import DataError
from bgml.sources.visitors.company_table import read_companies
from bgml.sources.visitors.networks import network


def read(tmp_path, text):
    (tmp_path / "companies.csv").write_text(text)
    return read_companies(tmp_path / "companies.csv")


def test_ranges_are_read_in_every_form_beside_the_company_in_every_form(tmp_path):
    one = read(tmp_path, "CIDR,Company Domain\n10.0.0.0/8,acme.com\n")
    two = read(tmp_path, "start_ip,end_ip,account_id,usage type\n10.0.0.0,10.255.255.255,7,ISP\n")
    three = read(tmp_path, "network,company\n10.0.0.0 - 10.255.255.255,Acme\n")
    assert one.ranges == two.ranges == three.ranges == [network("10.0.0.0/8")]
    assert [table.rows for table in (one, two, three)] == [
        [("acme.com", None, None, False)],
        [(None, "7", None, True)],
        [(None, None, "Acme", False)],
    ]


def test_rows_of_no_use_are_counted_by_reason(tmp_path):
    found = read(tmp_path, "network,domain\n10.0.0.0/99,acme.com\nx,acme.com\n10.0.0.0/8,\n,beta.com\n")
    assert found.unused == {"no range that can be read": 2, "no company": 1}
    assert found.rows == [("beta.com", None, None, False)] and not found.ranges


def test_a_file_without_ranges_or_companies_is_refused(tmp_path):
    for text, found in (("network,country\n10.0.0.0/8,DE\n", "network, country"), ("start,domain2\n1,2\n", "start, domain2")):
        (tmp_path / "c.csv").write_text(text)
        with pytest.raises(DataError, match=f"c.csv does not say which companies ranges belong to: it has {found}; expected network"):
            read_companies(tmp_path / "c.csv")
    with pytest.raises(DataError, match="is no file; --companies takes"):
        read_companies(tmp_path / "none.csv")
