"""What stands behind the gate, for whoever finds its door (row 13)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from hashlib import blake2s

import pytest

from tests.factories.attacker import ask, send
from tests.factories.demo import free_port

pytestmark = pytest.mark.journey
READY_WITHIN = 60
WANTED = {
    "client": "127.0.0.1",
    "scheme": "http",
    "key": "broadsheet.rendition",
    "value": '{"v":1,"outcome":"full"}',
}


@pytest.fixture(scope="module")
def behind(lantern):
    """Django as it stands behind the gate, at a port that anybody can reach."""
    port = free_port()
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--port", str(port)]
    words += ["--blocking-threads", "2", "broadsheet.wsgi_behind:application"]
    environ = lantern.environ | {"BROADSHEET_HOME": str(lantern.home)}
    with subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        last = time.monotonic() + READY_WITHIN
        came = b""
        while not came:
            assert time.monotonic() < last, "nothing answers behind the gate"
            with suppress(OSError):
                came = send(address, b"GET / HTTP/1.0\r\n\r\n")
            time.sleep(0.1)
        yield address
        process.terminate()
        process.wait(30)


def test_what_stands_behind_the_gate_answers_nobody_else(behind, lantern, preys):
    said = json.dumps(WANTED, separators=(",", ":"))
    secret = (lantern.home / "secret.key").read_text().strip()
    for prey in preys:
        macs = ["", "0" * 32, blake2s(said.encode(), digest_size=16).hexdigest()]
        for key in (b"", secret.encode()[:32]):
            message = f"{prey.path}\n{said}".encode()
            macs.append(blake2s(message, key=key, digest_size=16).hexdigest())
        headers = [("Broadsheet-Handover", f"{mac}.{said}") for mac in macs]
        headers += [("Broadsheet-Handover", said), ("broadsheet.rendition", WANTED["value"])]
        headers += [("X-Forwarded-For", "127.0.0.1"), ("Broadsheet-Pass", "1")]
        for header in headers:
            for path in (prey.path, "/account/pass/", "/desk/"):
                answer = ask(behind, "GET", path, header)
                assert answer.status == 403, header
                assert answer.body == b"Only the gate is answered here.\n"
                assert prey.find_leaks(answer.text) == []


def test_what_the_gate_says_to_the_site_no_client_can_say(lantern, preys):
    said = json.dumps(WANTED, separators=(",", ":"))
    for prey in preys:
        page = prey.ask()
        for name in ("Broadsheet-Handover", "Broadsheet_Handover", "BROADSHEET-HANDOVER"):
            for method in ("GET", "get", "POST"):
                answer = prey.ask((name, f"{'0' * 32}.{said}"), method=method)
                assert prey.find_leaks(answer.text) == []
                assert method != "GET" or answer.body == page.body
                assert answer.text.count("Only the gate") == 0
