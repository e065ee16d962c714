"""Being signed in to the page: a signed cookie that names a token and a time, never the token itself."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import time
from pathlib import Path

from bgml.errors import ProjectError
from bgml.project import Project

COOKIE = "bgml_session"
KEY_FILE = "web.key"
KEY_BYTES = 32


class Sessions:
    """Sessions of a project. They end with their time, with the token they were begun with, and all at once when the key is removed."""

    def __init__(self, project: Project) -> None:
        """The key is made when the first session is."""
        self.path, self.seconds = project.state / KEY_FILE, project.settings.web.session_hours * 3600

    def begin(self, token_id: str) -> str:
        """The cookie's value for a new session."""
        said = f"{token_id}.{int(time.time()) + self.seconds}"
        return f"{said}.{_sign(self._key(), said)}"

    def token_of(self, value: str) -> str | None:
        """The id of the token behind a cookie's value; None for one that was not signed here, or whose time is over."""
        said, _, signature = value.rpartition(".")
        key = self._read()
        if key is None or not hmac.compare_digest(_sign(key, said).encode(), signature.encode("utf-8", "replace")):
            return None
        token_id, _, until = said.partition(".")
        return token_id if int(until) > time.time() else None

    def _read(self) -> bytes | None:
        try:
            found = self.path.read_bytes()
        except OSError:
            return None
        return found if len(found) == KEY_BYTES else None

    def _key(self) -> bytes:
        """The key, made when there is none; all workers come to use the same."""
        if (found := self._read()) is not None:
            return found
        return _made(self.path)


def _made(path: Path) -> bytes:
    aside = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        if path.exists() and path.stat().st_size != KEY_BYTES:
            path.unlink()
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
        return path.read_bytes()
    except OSError as error:
        raise ProjectError(f"{path} cannot be made: {error.strerror or error}; nobody can sign in to the page until it can") from None
    finally:
        aside.unlink(missing_ok=True)


def _sign(key: bytes, said: str) -> str:
    return hmac.new(key, said.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
