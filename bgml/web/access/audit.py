"""The record of who saw and exported what: one JSON object a line in `.bgml/audit.log`."""

from __future__ import annotations

import datetime
import json
import os
from typing import Any

from starlette.requests import HTTPConnection

from bgml.project import Project
from bgml.web.access.viewer import SCOPE, Viewer

FILE = "audit.log"


class Audit:
    """The log; every worker appends whole lines."""

    def __init__(self, project: Project) -> None:
        """The file is made when the first entry is written."""
        self.path = project.state / FILE

    def record(self, connection: HTTPConnection, action: str, **facts: Any) -> None:  # noqa: ANN401  (plain JSON values)
        """Note what was done: "list", "group", "account", "export", "verdict", "quality", "sign-in", "sign-out", "refused".

        facts: as_of, ranking_id, account_id, topic, groups (how many), whatever tells what was seen; ids only, no names of people.
        """
        viewer: Viewer | None = connection.scope.get(SCOPE)
        who = {} if viewer is None else {"who": viewer.name, "key": viewer.key, "role": viewer.role, "owner": viewer.owner}
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        entry = {"at": at, "action": action, **who, **facts}
        line = json.dumps(entry, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
