"""Tokens: made, listed and revoked by whoever owns the project folder; only their fingerprints are kept.

`.bgml/tokens.json` holds one entry per token. A token is 256 random bits, so its plain SHA-256 can be kept: what a slow hash protects,
words that people choose, is not there to be guessed.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bgml.data.kept.lines import held, replaced
from bgml.errors import ProjectError, nearest
from bgml.project import Project
from bgml.web.access.viewer import ROLES, Role, Viewer
from bgml.web.shelf.verified import stamp

FILE = "tokens.json"
USED = "tokens_used"
USED_EVERY = 60
SHAPE = re.compile(r"bgml_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")
NAME = re.compile(r"[\w.@+-][\w.@+ -]{0,79}")


@dataclass(frozen=True)
class Token:
    """What is known of a token. Times are UTC in ISO form; sha256 is of the whole token."""

    id: str
    name: str
    role: Role
    owner: str | None
    sha256: str
    created: str
    expires: str | None = None
    revoked: str | None = None

    def good(self, now: str) -> bool:
        """Whether it lets anybody in at a time."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def state(self) -> str:
        """Whether it lets anybody in now, and since or until when, in words."""
        if self.revoked is not None:
            return f"revoked {self.revoked[:10]}"
        if self.expires is None:
            return "good"
        return f"good until {self.expires[:10]}" if self.good(_at()) else f"over since {self.expires[:10]}"

    def viewer(self) -> Viewer:
        """Whom it lets in."""
        return Viewer(self.name, self.role, self.owner, key=self.id, by="token")


def create(project: Project, name: str, role: str, owner: str | None = None, days: int | None = None) -> tuple[Token, str]:
    """A new token and its text, which is kept nowhere. ProjectError for a name that is taken or cannot be one, and for an unknown role."""
    if not NAME.fullmatch(name):
        raise ProjectError(f'"{name}" cannot be the name of a token: use 1 to 80 letters, digits, blanks and . _ @ + -')
    if role not in ROLES:
        raise ProjectError(f'"{role}" is no role{nearest(role, ROLES)}; use {", ".join(ROLES)}')
    if owner is not None and not owner.strip():
        raise ProjectError("--owner is empty: name the owner whose accounts the token shows, or leave it out to show all")
    known = next(known_role for known_role in ROLES if known_role == role)
    identity, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    text = f"bgml_{identity}_{secret}"
    expires = None if days is None else _at(datetime.timedelta(days=days))
    made = Token(identity, name, known, owner, fingerprint(text), _at(), expires)
    path = project.state / FILE
    with held(path):
        others = read(path)
        if any(other.name == name and other.revoked is None for other in others):
            raise ProjectError(f'there is a token "{name}" already: revoke it first with `bgml token revoke "{name}"`, or use another name')
        _write(path, [*others, made])
    return made, text


def revoke(project: Project, name_or_id: str) -> Token:
    """Make a token useless, at once; ProjectError for one that is not there, naming the nearest."""
    path = project.state / FILE
    with held(path):
        there = read(path)
        found = next((token for token in there if token.revoked is None and name_or_id in (token.name, token.id)), None)
        if found is None:
            names = [token.name for token in there if token.revoked is None]
            raise ProjectError(f'there is no token "{name_or_id}"{nearest(name_or_id, names)}; `bgml token list` shows them')
        gone = replace(found, revoked=_at())
        _write(path, [gone if token is found else token for token in there])
    return gone


def listed(project: Project) -> list[tuple[Token, str | None]]:
    """The tokens, oldest first, each with the day and hour it was last used."""
    return [(token, _last_used(project, token)) for token in read(project.state / FILE)]


def _last_used(project: Project, token: Token) -> str | None:
    try:
        used = (project.state / USED / token.id).stat().st_mtime
    except OSError:
        return None
    return datetime.datetime.fromtimestamp(used, datetime.UTC).isoformat(timespec="minutes")


def read(path: Path) -> list[Token]:
    """The tokens of a file; none where there is none. ProjectError when it is damaged: nobody gets in then."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return [_token(entry) for entry in entries]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ProjectError(
            f"{path} cannot be read ({error}); nobody gets in until it can. Put a backup in its place, or remove it and make new tokens"
        ) from None


def _token(entry: dict[str, Any]) -> Token:
    token = Token(**entry)
    if token.role not in ROLES or not isinstance(token.sha256, str) or not isinstance(token.owner, str | None) or token.owner == "":
        raise ValueError(f"the entry {entry.get('id')} is no token")
    return token


def fingerprint(text: str) -> str:
    """The SHA-256 of a token."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class TokenBook:
    """The tokens as a service knows them: read again when the file changes."""

    def __init__(self, project: Project) -> None:
        """Nothing is read before somebody asks."""
        self.path, self._used = project.state / FILE, project.state / USED
        self._stamp: tuple[int, int, int] | None = None
        self._by_print: dict[str, Token] = {}
        self._noted: dict[str, float] = {}

    def any(self) -> bool:
        """Whether there is a token, of whatever state; a damaged file counts as one."""
        try:
            self._look()
        except ProjectError:
            return True
        return bool(self._by_print)

    def of_text(self, text: str) -> Token | None:
        """The token that is good now and reads so. ProjectError when the file is damaged."""
        self._look()
        token = self._by_print.get(fingerprint(text)) if SHAPE.fullmatch(text) else None
        return token if token is not None and self._good(token) else None

    def of_id(self, identity: str) -> Token | None:
        """The token of an id, if it is good now."""
        self._look()
        token = next((token for token in self._by_print.values() if token.id == identity), None)
        return token if token is not None and self._good(token) else None

    def _good(self, token: Token) -> bool:
        now = datetime.datetime.now(datetime.UTC)
        if not token.good(now.isoformat(timespec="seconds")):
            return False
        if now.timestamp() - self._noted.get(token.id, 0.0) > USED_EVERY:
            self._noted[token.id] = now.timestamp()
            _touch(self._used / token.id)
        return True

    def _look(self) -> None:
        try:
            found = stamp(self.path)
        except FileNotFoundError:
            self._stamp, self._by_print = None, {}
            return
        except OSError as error:
            raise ProjectError(f"{self.path} cannot be read ({error.strerror or error}); nobody gets in until it can") from None
        if found != self._stamp:
            self._by_print = {token.sha256: token for token in read(self.path)}
            self._stamp = found


def _touch(path: Path) -> None:
    """Note that a token was used; a disk that takes nothing keeps nobody out."""
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return


def _write(path: Path, tokens: list[Token]) -> None:
    try:
        replaced(path, json.dumps([asdict(token) for token in tokens], indent=1, ensure_ascii=False).encode() + b"\n")
        os.chmod(path, 0o600)  # noqa: PTH101
    except OSError as error:
        raise ProjectError(f"{path} was not written: {error.strerror or error}; no token was made or revoked") from error


def _at(later: datetime.timedelta = datetime.timedelta(0)) -> str:
    return (datetime.datetime.now(datetime.UTC) + later).isoformat(timespec="seconds")
