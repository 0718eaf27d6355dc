"""Calls to other people's machines: bounded in time and size, told apart by what surely happened.

``NotSent`` means that the request surely never arrived, so it may be sent again. ``NoAnswer`` means
that nobody knows. Redirects are not followed; the pool is shared by all threads of a process.
"""

from __future__ import annotations

import atexit
import functools
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
WHOLE_SECONDS = 15.0
MOST_BYTES = 1024 * 1024


class NotSent(Exception):  # noqa: N818
    """No name, no connection, no TLS: nothing was handed over. Trying again is safe."""


class NoAnswer(Exception):  # noqa: N818
    """Handed over, or partly; the answer is missing, late, too big or not HTTP."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    answer_seconds: float = ANSWER_SECONDS,
    whole_seconds: float = WHOLE_SECONDS,
) -> Reply:
    """One request. ``answer_seconds`` bounds each wait for bytes, ``whole_seconds`` all of them.

    Raises ``NotSent`` or ``NoAnswer``.
    """
    limits = httpx.Timeout(answer_seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS)
    deadline = time.monotonic() + whole_seconds
    try:
        with _client().stream(
            method, url, headers=headers, content=body, timeout=limits
        ) as response:
            held = bytearray()
            for chunk in response.iter_raw():
                held += chunk
                if len(held) > MOST_BYTES:
                    raise NoAnswer(f"{method} {_place(url)}: the answer is over {MOST_BYTES} bytes")
                if time.monotonic() > deadline:
                    raise NoAnswer(f"{method} {_place(url)}: the answer took too long")
            return Reply(response.status_code, dict(response.headers), bytes(held))
    except (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.UnsupportedProtocol,
        httpx.InvalidURL,
    ) as error:
        raise NotSent(f"{method} {_place(url)}: {error!r}") from error
    except httpx.HTTPError as error:
        raise NoAnswer(f"{method} {_place(url)}: {error!r}") from error


@functools.cache
def _client() -> httpx.Client:
    client = httpx.Client(
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "Broadsheet", "Accept-Encoding": "identity"},
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=5),
    )
    atexit.register(client.close)
    return client


def _place(url: str) -> str:
    """The address without its query, which may hold what no log should."""
    return url.partition("?")[0]
