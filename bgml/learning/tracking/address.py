"""The address of a tracking server: is anyone there, and how to show it without what opens it."""

from __future__ import annotations

import http.client
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request

from bgml.errors import TrackingError

SECONDS = 5
SECRET = re.compile(r"(?<=://)[^/@\s]*@")


def remote(uri: str) -> bool:
    """Whether the address is of a server that is asked over HTTP."""
    return uri.startswith(("http://", "https://"))


def shown(text: str) -> str:
    """A text with the user names, passwords and tokens in its addresses left out.

    >>> shown("API request to https://ann:pw@mlflow.acme.example/api failed")
    'API request to https://mlflow.acme.example/api failed'
    """
    return SECRET.sub("", text)


def require(uri: str) -> None:
    """TrackingError unless the server answers within SECONDS, whatever it answers; MLflow itself would try for minutes."""
    try:
        with urllib.request.urlopen(f"{shown(uri).rstrip('/')}/health", timeout=SECONDS):
            return
    except urllib.error.HTTPError:
        return
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            return
        raise TrackingError(f"the MLflow server at {shown(uri)} does not answer ({_told(reason)})") from None


def _told(reason: object) -> str:
    """Why, in the system's words."""
    if isinstance(reason, TimeoutError):
        return f"no reply within {SECONDS} seconds"
    return str(getattr(reason, "strerror", None) or reason)
