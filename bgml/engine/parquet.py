"""A Parquet file whose row groups are encoded by several threads, as Arrow's writer offers for no single file.

Each row group is written as a file of its own in memory; the bodies go one after the other into the file, and one footer is made
of theirs, with every offset moved by where the body went. A footer is a struct of Thrift's compact protocol; the numbers of fields
are those of `parquet.thrift` (apache/parquet-format).
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

MAGIC = b"PAR1"
VERBATIM = {1: 1, 2: 1, 3: 1, 7: 8}
TRUTHS = (1, 2)
INTEGERS = (4, 5, 6)
TEXT, LISTS, STRUCT = 8, (9, 10), 12
Struct = dict[int, tuple[int, Any]]
Options = Callable[[pa.Schema], Mapping[str, Any]]

ROWS, ROW_GROUPS = 3, 4
COLUMNS, GROUP_OFFSET, ORDINAL = 1, 5, 7
COLUMN_META = 3
DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE = 9, 10, 11


def write_row_groups(path: Path, tables: Iterable[pa.Table], options: Options, threads: int) -> None:
    """Write tables of one schema to a file, each a row group, encoded by some threads; options: of pyarrow's ParquetWriter, by schema."""
    with path.open("wb") as file, ThreadPoolExecutor(threads) as pool:
        file.write(MAGIC)
        footer: Struct = {}
        waiting: deque[Future[pa.Buffer]] = deque()
        for table in tables:
            waiting.append(pool.submit(_encoded, table, options))
            if len(waiting) > threads:
                _append(file, footer, waiting.popleft().result())
        while waiting:
            _append(file, footer, waiting.popleft().result())
        end = _packed(STRUCT, footer)
        file.write(end + struct.pack("<I", len(end)) + MAGIC)


def _encoded(table: pa.Table, options: Options) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, **options(table.schema)) as writer:
        writer.write_table(table, row_group_size=max(1, len(table)))
    return sink.getvalue()


def _append(file: Any, footer: Struct, encoded: pa.Buffer) -> None:  # noqa: ANN401
    """Write the body of an encoded file and add its row groups to the footer."""
    (length,) = struct.unpack("<I", encoded[-8:-4])
    body_end = encoded.size - 8 - length
    own, _ = _unpacked(bytes(encoded[body_end:-8]), 0, STRUCT)
    moved = file.tell() - len(MAGIC)
    file.write(memoryview(encoded)[len(MAGIC) : body_end])
    groups = own[ROW_GROUPS][1][1]
    for group in groups:
        _move(group, moved)
    if not footer:
        footer.update(own)
        return
    footer[ROWS] = (footer[ROWS][0], footer[ROWS][1] + own[ROWS][1])
    known = footer[ROW_GROUPS][1][1]
    for group in groups:
        if ORDINAL in group:
            group[ORDINAL] = (group[ORDINAL][0], len(known))
        known.append(group)


def _move(group: Struct, by: int) -> None:
    """Move the offsets of a row group that were measured from the start of its own file."""
    for column in group[COLUMNS][1][1]:
        _add(column[COLUMN_META][1], (DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE), by)
    _add(group, (GROUP_OFFSET,), by)


def _add(fields: Struct, numbers: Iterable[int], by: int) -> None:
    for number in numbers:
        if number in fields:
            kind, value = fields[number]
            fields[number] = (kind, value + by)


def _unpacked(data: bytes, at: int, kind: int) -> tuple[Any, int]:
    """The value of a kind that begins at a place, and the place where it ends."""
    if kind in VERBATIM:
        return data[at : at + VERBATIM[kind]], at + VERBATIM[kind]
    if kind in INTEGERS:
        number, at = _varint(data, at)
        return (number >> 1) ^ -(number & 1), at
    if kind == TEXT:
        length, at = _varint(data, at)
        return data[at : at + length], at + length
    if kind in LISTS:
        size, of = data[at] >> 4, data[at] & 15
        at += 1
        if size == 15:
            size, at = _varint(data, at)
        values = []
        for _ in range(size):
            value, at = _unpacked(data, at, of)
            values.append(value)
        return (of, values), at
    fields: Struct = {}
    number = 0
    while data[at]:
        step, of = data[at] >> 4, data[at] & 15
        number, at = (number + step, at + 1) if step else _unpacked(data, at + 1, INTEGERS[0])
        value, at = (None, at) if of in TRUTHS else _unpacked(data, at, of)
        fields[number] = (of, value)
    return fields, at + 1


def _packed(kind: int, value: Any) -> bytes:  # noqa: ANN401
    """What `_unpacked` reads as this value."""
    if kind in VERBATIM:
        return bytes(value)
    if kind in INTEGERS:
        return _varint_of((value << 1) ^ (value >> 63))
    if kind == TEXT:
        return _varint_of(len(value)) + bytes(value)
    if kind in LISTS:
        of, values = value
        head = bytes([len(values) << 4 | of]) if len(values) < 15 else bytes([15 << 4 | of]) + _varint_of(len(values))
        return head + b"".join(_packed(of, each) for each in values)
    parts, last = [], 0
    for number, (of, held) in value.items():
        step = number - last
        parts.append(bytes([step << 4 | of]) if 0 < step < 16 else bytes([of]) + _packed(INTEGERS[0], number))
        parts.append(b"" if of in TRUTHS else _packed(of, held))
        last = number
    return b"".join(parts) + b"\x00"


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned number of seven bits a byte, least first, and the place where it ends."""
    number = shift = 0
    while data[at] >= 128:
        number |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return number | data[at] << shift, at + 1


def _varint_of(number: int) -> bytes:
    held = bytearray()
    while number >= 128:
        held.append(number & 127 | 128)
        number >>= 7
    held.append(number)
    return bytes(held)
