from __future__ import annotations

import os

from bgml.web.shelf import verified
from bgml.web.shelf.verified import Stamps, stamp


def _read(monkeypatch):
    """How often files are read whole."""
    read, digest = [], Stamps._digest
    monkeypatch.setattr(Stamps, "_digest", lambda self: read.append(self.path) or digest(self))
    return read


def test_a_damaged_file_is_read_once_until_it_changes(tmp_path, monkeypatch):
    path, read = tmp_path / "file", _read(monkeypatch)
    path.write_bytes(b"damaged")
    os.utime(path, (1, 1))
    stamps = Stamps(path, verified.hashlib.sha256(b"right").hexdigest())
    assert [stamps.good(stamp(path)) for _ in range(3)] == [False] * 3 and len(read) == 1
    path.write_bytes(b"right")
    assert [stamps.good(stamp(path)) for _ in range(3)] == [True] * 3 and len(read) == 2


def test_what_was_written_a_moment_ago_is_looked_at_again(tmp_path, monkeypatch):
    path, read = tmp_path / "file", _read(monkeypatch)
    path.write_bytes(b"half")
    stamps = Stamps(path, "")
    assert not stamps.good(stamp(path)) and not stamps.good(stamp(path)) and len(read) == 2
