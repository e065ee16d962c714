"""Tables as worksheets: readable widths, a header that stays, a filter, number formats, and text that never runs as a formula."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pyarrow as pa
from openpyxl.writer.excel import ExcelWriter  # type: ignore[import-untyped]

from bgml.errors import RankingError
from bgml.ranking.handout.export import FORMULA, cells, rows

MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
WIDEST = 60
LINE, HIGHEST = 15, 409
"""Points of a line, and of the highest row there may be."""
FONT = {"name": "Calibri", "sz": 11}
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LONGEST_NAME = 31
"""UTF-16 units of a sheet's name."""
FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ufffe\uffff]+")
EPOCH = datetime(1980, 1, 1)
"""The date of a workbook that needs none: the same tables give the same bytes."""


@dataclass(frozen=True)
class Sheet:
    """A table as one sheet of a workbook.

    formats: number formats by column, as spreadsheets write them; wrapped: columns whose long text goes over several lines; links: by
    column, the place in the workbook that each row's cell leads to ("'People'!A5"), None for none.
    """

    name: str
    table: pa.Table
    formats: Mapping[str, str] = field(default_factory=dict)
    wrapped: frozenset[str] = frozenset()
    links: Mapping[str, Sequence[str | None]] = field(default_factory=dict)


def write(table: pa.Table, path: Path) -> None:
    """Write the table as the only sheet of a workbook, numbers to 15 digits; RankingError when a worksheet cannot hold so many rows."""
    save([Sheet("bgml", table)], path)


def save(sheets: Sequence[Sheet], path: Path, made: datetime = EPOCH) -> None:
    """Write a workbook that says it was made at `made`; RankingError when a worksheet cannot hold so many rows."""
    for sheet in sheets:
        if len(sheet.table) >= MOST_ROWS:
            raise RankingError(f"a worksheet holds {MOST_ROWS - 1:,} rows, these are {len(sheet.table):,}; write .csv or .parquet")
    book = openpyxl.Workbook(write_only=True)
    book.properties.created = book.properties.modified = made
    book.properties.creator = "bgml"
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    with _Undated(path, "w", zipfile.ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).write_data()


class _Undated(zipfile.ZipFile):
    """A zip file whose entries carry no time, so that the same sheets give the same bytes."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:  # noqa: ANN401  (as the base class has it)
        super().writestr(zipfile.ZipInfo(str(zinfo_or_arcname)), data, zipfile.ZIP_DEFLATED)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:  # noqa: ANN401
        entry = zipfile.ZipInfo(str(arcname))
        entry.compress_type = zipfile.ZIP_DEFLATED
        with Path(filename).open("rb") as source, self.open(entry, "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target, 1 << 20)


def sheet_names(wanted: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """Names that sheets may have, as near as possible to those wanted and all different, also from those taken.

    >>> sheet_names(["North/South", "north south", "", "'Ann'"])
    ['North South', 'north south (2)', 'Sheet', 'Ann']
    """
    used, given = {name.casefold() for name in (*taken, "History")}, list[str]()
    for text in wanted:
        name = " ".join(FORBIDDEN.sub(" ", text).split()).strip("' ") or "Sheet"
        tries = (_cut(name, f" ({number})" if number > 1 else "") for number in range(1, len(wanted) + len(used) + 2))
        given.append(next(found for found in tries if found.casefold() not in used))
        used.add(given[-1].casefold())
    return given


def _cut(name: str, ending: str) -> str:
    """A name short enough with its ending."""
    while len((name + ending).encode("utf-16-le")) > 2 * LONGEST_NAME:
        name = name[:-1].rstrip("' ")
    return name + ending


def place(sheet: str, row: int) -> str:
    """Where a row of another sheet begins, for a link; row 2 is the first under the header."""
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!A{row}"


def _fill(sheet: Any, page: Sheet) -> None:  # noqa: ANN401  (openpyxl ships no types)
    _lay_out(sheet, page.table)
    styled = [_styled(sheet, page, name) for name in page.table.column_names]
    links = [page.links.get(name, [None] * len(page.table)) for name in page.table.column_names]
    wrapped = [(place, sheet.column_dimensions[letter].width) for place, letter in _wrapped(page)]
    for number, row in enumerate(rows(page.table)):
        if wrapped:
            sheet.row_dimensions[number + 2].height = _height(row, wrapped)
        sheet.append([_cell(sheet, value, style, link[number]) for value, style, link in zip(row, styled, links, strict=True)])


def _lay_out(sheet: Any, table: pa.Table) -> None:  # noqa: ANN401  (openpyxl ships no types)
    """Widths that show what the columns hold, a bold header that stays in view, a filter on every column; printed, pages as wide as it."""
    letter = openpyxl.utils.get_column_letter
    for number, name in enumerate(table.column_names, start=1):
        sheet.column_dimensions[letter(number)].width = _width(name, table.column(name).slice(0, 200))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{letter(table.num_columns)}{len(table) + 1}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
    header = [openpyxl.cell.WriteOnlyCell(sheet, name) for name in table.column_names]
    for cell in header:
        cell.font = openpyxl.styles.Font(**FONT, bold=True)
    sheet.append(header)


def _width(name: str, column: pa.ChunkedArray) -> int:
    shown = [f"{value:.6g}" if isinstance(value, float) else str(value) for value in cells(column) if value is not None]
    longest = max((len(line) for text in shown for line in text.split("\n")), default=0)
    return min(max(len(name) + 3, longest) + 2, WIDEST)


def _wrapped(page: Sheet) -> list[tuple[int, str]]:
    """The place and letter of each wrapped column."""
    letter = openpyxl.utils.get_column_letter
    return [(place, letter(place + 1)) for place, name in enumerate(page.table.column_names) if name in page.wrapped]


def _height(row: Sequence[Any], wrapped: Sequence[tuple[int, float]]) -> float:
    """The height that shows all lines of the wrapped cells of a row; spreadsheets do not find it themselves."""
    lines = (sum(1 + len(line) // int(width) for line in (row[place] or "").split("\n")) for place, width in wrapped)
    return min(LINE * max(lines), HIGHEST)


def _styled(sheet: Any, page: Sheet, name: str) -> Any:  # noqa: ANN401  (openpyxl ships no types)
    """A cell that carries the column's style and is filled again for each row; None where the column has none."""
    if name not in page.formats and not page.wrapped:
        return None
    cell = openpyxl.cell.WriteOnlyCell(sheet)
    if page.wrapped:
        cell.alignment = openpyxl.styles.Alignment(vertical="top", wrap_text=name in page.wrapped)
    if name in page.formats:
        cell.number_format = page.formats[name]
    return cell


def _cell(sheet: Any, value: Any, styled: Any, link: str | None) -> object:  # noqa: ANN401  (openpyxl ships no types)
    """A value as a worksheet holds it: text is marked as text, without characters and lengths a worksheet cannot hold."""
    text = UNPRINTABLE.sub(" ", value)[:MOST_CHARACTERS] if isinstance(value, str) else value
    formula = isinstance(text, str) and text.startswith(FORMULA)
    if link is None and not formula:
        return _filled(styled, text)
    cell = openpyxl.cell.WriteOnlyCell(sheet, text)
    if styled is not None:
        cell._style = copy(styled._style)
    if formula:
        cell.data_type = "s"
        cell.quotePrefix = True
    if link is not None:
        cell.hyperlink = openpyxl.worksheet.hyperlink.Hyperlink(ref="A1", location=link)
        cell.font = openpyxl.styles.Font(**FONT, color="0563C1", underline="single")
    return cell


def _filled(styled: Any, value: Any) -> object:  # noqa: ANN401  (openpyxl ships no types)
    if styled is None or value is None:
        return value
    style = styled._style
    styled.value = value
    # A date brings a format of its own.
    styled._style = style
    return styled


def texts(values: Iterable[object]) -> pa.Array:
    """Values as a column of text."""
    return pa.array([None if value is None else str(value) for value in values], pa.string())
