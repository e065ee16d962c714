"""Opening a database: what is refused before any server is asked, names in other cases, drivers that are missing."""

from __future__ import annotations

import sys

import ibis
import pytest

from bgml.data.databases.opening import databricks_options, in_lower_case, open_url
from bgml.data.databases.postgres import place
from bgml.errors import DataError


@pytest.mark.parametrize(("scheme", "module"), [("postgresql", "psycopg"), ("snowflake", "ibis.backends.snowflake")])
def test_a_driver_that_is_missing(monkeypatch, scheme, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DataError) as raised:
        open_url(f"{scheme}://ann:planted@db/sales")
    extra = {"postgresql": "postgres"}.get(scheme, scheme)
    message = str(raised.value)
    assert message.startswith(f"the {scheme} warehouse cannot be opened: its driver is not installed (")
    assert message.endswith(f"; install it with `pip install 'bgml[{extra}]'`")
    assert "planted" not in message


def test_a_scheme_that_is_none():
    with pytest.raises(DataError, match='"snowflak://" is not a warehouse bgml opens; did you mean "snowflake"'):
        open_url("snowflak://ann:planted@x/db")


def test_columns_in_capitals_take_the_contracts_names():
    rows = ibis.table({"ACCOUNT_ID": "string", "Topic": "string", "topic": "string", "MY_SCORE": "float64"}, name="SIGNALS")
    assert in_lower_case(rows).columns == ("account_id", "Topic", "topic", "MY_SCORE")
    plain = ibis.table({"account_id": "string"}, name="signals")
    assert in_lower_case(plain) is plain


def test_the_parts_of_a_databricks_url():
    url = "databricks://token:a%2Fb@dbc-1.cloud.databricks.com/main/crm?http_path=/sql/1.0/warehouses/7"
    assert databricks_options(url) == {
        "server_hostname": "dbc-1.cloud.databricks.com", "catalog": "main", "schema": "crm", "access_token": "a/b",
        "http_path": "/sql/1.0/warehouses/7",
    }  # fmt: skip


def test_the_parts_of_a_postgres_url():
    there = place("postgres://ann%40x:p%2Fw@db.example:6543/sales/My%20Schema?sslmode=require")
    assert (there.server, there.database, there.schema, there.user) == ("db.example:6543", "sales", "My Schema", "ann@x")
    assert there.conninfo == "postgresql://ann%40x:p%2Fw@db.example:6543/sales?sslmode=require"
    assert place("postgresql:///sales?host=/run/postgresql&schema=crm").server == "/run/postgresql:5432"
    with pytest.raises(DataError, match="write a special character of its password as %XX"):
        place("postgresql://ann:p/w@db/sales")
