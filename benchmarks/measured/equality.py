"""Whether what a peer made equals bgml's matrix, cell by cell.

python -m measured.equality OURS THEIRS DATES      # folders; in benchmarks/
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from matrix import COLUMNS, as_of_dates

CELLS = pa.schema([("account_id", pa.int64()), ("topic", pa.string()), *((name, pa.int64()) for name in COLUMNS)])


def cells(path: Path, filters: list[tuple[str, str, object]] | None = None) -> pa.Table:
    """Keys and columns of a file as plain integers and texts."""
    return pq.read_table(path, columns=CELLS.names, filters=filters).cast(CELLS).combine_chunks()


def differences(ours: pa.Table, theirs: pa.Table) -> str:
    """Empty where the tables are equal, else what differs."""
    if len(ours) != len(theirs):
        return f"{len(ours):,} rows against {len(theirs):,}"
    unequal = {name: pc.sum(pc.not_equal(ours[name], theirs[name])).as_py() or 0 for name in CELLS.names}
    told = ", ".join(f"{name} in {many:,} rows" for name, many in unequal.items() if many)
    return told or ("" if ours.equals(theirs) else "nulls")


def main() -> None:
    """Compare date by date; ends with an error that names the first date with a difference."""
    ours, theirs, dates = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    compared = 0
    for as_of in as_of_dates(dates):
        mine = cells(ours / "matrix.parquet", [("as_of", "==", as_of)])
        if told := differences(mine, cells(theirs / f"{as_of}.parquet")):
            raise SystemExit(f"{theirs.name} differs from {ours.name} at {as_of}: {told}")
        compared += len(mine) * len(COLUMNS)
    if not compared:
        raise SystemExit("there was no row to compare")
    print(compared)


if __name__ == "__main__":
    main()
