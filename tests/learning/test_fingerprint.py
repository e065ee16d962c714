"""Fingerprints of Arrow tables; those of frames are in the docstring."""

from __future__ import annotations

import pyarrow as pa

from bgml.learning.fingerprint import fingerprint_of_table


def test_a_table_is_known_by_its_values_in_their_order() -> None:
    rows = pa.table({"id": ["a", None, "b"], "n": [1, 2, 2]})
    assert fingerprint_of_table(rows) == fingerprint_of_table(pa.concat_tables([rows.slice(0, 1), rows.slice(1)]))
    others = (rows.slice(1), rows.take([2, 1, 0]), rows.rename_columns(["id", "m"]), rows.set_column(0, "id", pa.array(["a", "", "b"])))
    assert len({fingerprint_of_table(table) for table in (rows, *others)}) == 5
