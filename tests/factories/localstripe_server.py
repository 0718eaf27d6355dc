"""``localstripe``, somebody else's Stripe stand-in, as a process of its own (it is GPL)."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.factories.demo import free_port

PATIENCE = 60.0
# Its own command listens to the whole network.
_SERVE = (
    "import sys; from aiohttp import web; from localstripe.server import app;"
    " web.run_app(app, host='127.0.0.1', port=int(sys.argv[1]), print=None)"
)


def has_localstripe() -> bool:
    return importlib.util.find_spec("localstripe") is not None


@contextmanager
def serve_localstripe(folder: Path) -> Iterator[str]:
    """Its address, for the length of a block; what it stores lies in ``folder``."""
    address = f"http://127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, address.rsplit(":", 1)[1]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": str(folder)},
    )
    try:
        _wait_until_it_answers(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(15)


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            httpx.get(address, timeout=5)
        except httpx.TransportError:
            assert process.poll() is None, "localstripe ended"
            assert time.monotonic() < deadline, "localstripe does not answer"
            time.sleep(0.1)
        else:
            return
