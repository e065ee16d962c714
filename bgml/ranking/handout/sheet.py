"""A table as a worksheet: readable widths, a header that stays, a filter, and text that never runs as a formula."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pyarrow as pa

from bgml.errors import RankingError
from bgml.ranking.handout.export import FORMULA, cells, rows

MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
WIDEST = 60
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write(table: pa.Table, path: Path) -> None:
    """Write the table as the only sheet of a workbook, numbers to 15 digits; RankingError when a worksheet cannot hold so many rows."""
    if len(table) >= MOST_ROWS:
        raise RankingError(f"a worksheet holds {MOST_ROWS - 1:,} rows, these are {len(table):,}; write .csv or .parquet")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("bgml")
    _lay_out(sheet, table)
    for row in rows(table):
        sheet.append([_cell(sheet, value) for value in row])
    with path.open("wb") as file:
        book.save(file)


def _lay_out(sheet: Any, table: pa.Table) -> None:  # noqa: ANN401  (openpyxl ships no types)
    """Widths that show what the columns hold, a bold header that stays in view, a filter on every column."""
    letter = openpyxl.utils.get_column_letter
    for place, name in enumerate(table.column_names, start=1):
        sheet.column_dimensions[letter(place)].width = _width(name, table.column(name).slice(0, 200))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{letter(table.num_columns)}{len(table) + 1}"
    header = [openpyxl.cell.WriteOnlyCell(sheet, name) for name in table.column_names]
    for cell in header:
        cell.font = openpyxl.styles.Font(bold=True)
    sheet.append(header)


def _width(name: str, column: pa.ChunkedArray) -> int:
    shown = [f"{value:.6g}" if isinstance(value, float) else str(value) for value in cells(column) if value is not None]
    return min(max(len(name) + 3, *map(len, shown), 0) + 2, WIDEST)


def _cell(sheet: Any, value: Any) -> object:  # noqa: ANN401  (openpyxl ships no types)
    """A value as a worksheet holds it: text is marked as text, without characters and lengths a worksheet cannot hold."""
    if not isinstance(value, str):
        return value
    text = UNPRINTABLE.sub(" ", value)[:MOST_CHARACTERS]
    if not text.startswith(FORMULA):
        return text
    cell = openpyxl.cell.WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
