"""Is a server there: known within seconds, whatever it answers, and said without what opens it."""

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from bgml.errors import TrackingError
from bgml.learning.tracking import address


class Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802
        self.send_response(401 if "locked" in self.path else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize("uri", ["http://{}", "http://{}/", "http://{}/locked", "http://ann:pw@{}"])
def test_a_server_that_answers_is_there(server: str, uri: str) -> None:
    address.require(uri.format(server))


def test_a_server_that_is_down_is_named_without_its_password() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(TrackingError) as raised:
            address.require(f"http://ann:secret@127.0.0.1:{port}")
    assert str(raised.value) == f"the MLflow server at http://127.0.0.1:{port} does not answer (Connection refused)"


def test_a_server_that_does_not_reply_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(TrackingError, match=r"does not answer \(no reply within 0\.2 seconds\)"):
            address.require(f"http://127.0.0.1:{silent.getsockname()[1]}")


@pytest.mark.parametrize("uri", ["http://no such host", "http://127.0.0.1:port", "http://"])
def test_an_address_that_is_none(uri: str) -> None:
    with pytest.raises(TrackingError, match="does not answer"):
        address.require(uri)


def test_what_is_asked_over_http() -> None:
    assert all(address.remote(uri) for uri in ("http://a", "https://a"))
    assert not any(address.remote(uri) for uri in ("sqlite:///a.db", "databricks", ""))


def test_secrets_are_not_shown() -> None:
    assert address.shown("at https://ann:p%2Fw@h:5000/x, then http://token@h") == "at https://h:5000/x, then http://h"
    assert address.shown("https://h/a@b") == "https://h/a@b"
