"""Django's side of the handover: a request is the reader's only if the gate says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from broadsheet.protocol.handover import ENVIRON_HEADER, NotFromTheGate, read_handover

REFUSAL = b"Only the gate is answered here.\n"


class FromTheGate:
    """A WSGI program around Django. What the gate said becomes the environ that Django knows."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, key: bytes) -> None:
        self._application = application
        self._key = key

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        said = environ.pop(ENVIRON_HEADER, "")
        try:
            handover = read_handover(self._key, said, environ["PATH_INFO"])
        except NotFromTheGate:
            start_response(
                "403 Forbidden",
                [("Content-Type", "text/plain"), ("Content-Length", str(len(REFUSAL)))],
            )
            return [REFUSAL]
        host, _, port = environ.get("HTTP_HOST", "").partition(":")
        environ |= {
            "REMOTE_ADDR": handover.client,
            "wsgi.url_scheme": handover.scheme,
            "SERVER_NAME": host or "localhost",
            "SERVER_PORT": port or ("443" if handover.scheme == "https" else "80"),
        }
        if handover.key:
            environ[handover.key] = handover.value
        return self._application(environ, start_response)
