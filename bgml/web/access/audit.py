"""The record of who saw and exported what: one JSON object a line in `.bgml/audit.log`."""

from __future__ import annotations

import datetime
import errno
import json
import logging
import os
import threading
import time
from typing import Any

from starlette.requests import HTTPConnection

from bgml.project import Project
from bgml.web.access.viewer import SCOPE, Viewer
from bgml.web.problems import REQUEST_ID, Problem

FILE = "audit.log"
LOOK_SECONDS = 1.0
"""How often it is looked whether the file was moved away."""
MUST = ("export", "verdict")
"""What is not done where it cannot be recorded."""
log = logging.getLogger("bgml.web")


class Audit:
    """The log; every worker appends whole lines to it, and goes on in a new file when it was moved away."""

    def __init__(self, project: Project) -> None:
        """The file is made when the first entry is written."""
        self.path = project.state / FILE
        self._handle: int | None = None
        self._looked = 0.0
        self._lock = threading.Lock()

    def record(self, connection: HTTPConnection, action: str, **facts: Any) -> None:  # noqa: ANN401  (plain JSON values)
        """Note what was done: "list", "group", "account", "export", "verdict", "quality", "sign-in", "sign-out", "refused".

        facts: as_of, ranking_id, account_id, topic, groups (how many), whatever tells what was seen; ids only, no names of people. A full
        disk keeps nobody from looking, the service's log tells of it then; exports and verdicts are refused with Problem 503.
        """
        viewer: Viewer | None = connection.scope.get(SCOPE)
        who = {} if viewer is None else {"who": viewer.name, "key": viewer.key, "role": viewer.role, "owner": viewer.owner}
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        entry = {"at": at, "action": action, **who, "request_id": connection.scope.get(REQUEST_ID), **facts}
        line = json.dumps(entry, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"
        try:
            with self._lock:
                written = os.write(self._open(), line)
            if written < len(line):
                raise OSError(errno.ENOSPC, "only part of an entry could be written")
        except OSError as error:
            log.error("%s cannot be written: %s", self.path, error.strerror or error)
            if action in MUST:
                raise Problem(503, "this cannot be recorded at the moment, so it was not done") from None

    def _open(self) -> int:
        """The file's handle, opened anew where it was moved away or removed. The caller holds the lock."""
        now = time.monotonic()
        if self._handle is not None and now < self._looked + LOOK_SECONDS:
            return self._handle
        if self._handle is None or not self._in_place(self._handle):
            former, self._handle = self._handle, None
            if former is not None:
                os.close(former)
            self._handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._looked = now
        return self._handle

    def _in_place(self, handle: int) -> bool:
        """Whether the file that is open is the one that has the log's name."""
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(handle))  # noqa: PTH116
        except FileNotFoundError:
            return False
