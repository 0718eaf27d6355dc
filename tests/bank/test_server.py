from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.factories.bank import RunningBank, start_bank, stop_bank

pytestmark = pytest.mark.journey
ORDER = {
    "amount": 90_000,
    "currency": "INR",
    "merchant": "The Lantern",
    "description": "Smart Quarterly",
    "return_url": "/",
}


def raw(bank: RunningBank, request: bytes) -> bytes:
    """Send bytes as they are; read until the bank closes."""
    with socket.create_connection(("127.0.0.1", bank.port), timeout=5) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


def test_it_imports_nothing_of_ours_and_nothing_foreign() -> None:
    code = (
        "import sys; before = set(sys.modules); import broadsheet.bank.__main__ as _;"
        "new = {m for m in set(sys.modules) - before if m.split('.')[0] not in sys.stdlib_module_names};"
        "print(sorted(m for m in new if m != 'broadsheet' and not m.startswith('broadsheet.bank')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST /faults HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", b"413"),
        (b"POST /faults HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"411"),
        (b"POST /faults HTTP/1.1\r\nContent-Length: ten\r\n\r\n", b"411"),
        (b"POST /faults HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"GET /health HTTP/1.1\r\n" + b"X-A: b\r\n" * 65 + b"\r\n", b"431"),
        (b"BREW /health HTTP/1.1\r\nConnection: close\r\n\r\n", b"501"),
        (b"GET /" + b"a" * 66_000 + b" HTTP/1.1\r\n\r\n", b"414"),
    ],
)
def test_requests_beyond_the_limits_are_refused(
    bank: RunningBank, head: bytes, status: bytes
) -> None:
    assert raw(bank, head).split(b" ", 2)[1] == status
    assert httpx.get(bank.address + "/health").status_code == 200


def test_half_a_body_does_nothing(bank: RunningBank) -> None:
    with socket.create_connection(("127.0.0.1", bank.port), timeout=5) as connection:
        connection.sendall(b"POST /faults HTTP/1.1\r\nContent-Length: 100\r\n\r\n[")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000) == b""


def test_one_connection_serves_many_requests(bank: RunningBank) -> None:
    with httpx.Client(base_url=bank.address) as client:
        ports = {
            client.get("/health").extensions["network_stream"].get_extra_info("client_addr")[1]
            for _ in range(3)
        }
    assert len(ports) == 1


def test_the_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        bank = start_bank(tmp_path)
        keys.append(bank.key_file.read_text())
        assert stop_bank(bank) == 0
    assert keys[0] == keys[1]
    assert len(keys[0]) >= 40
    assert stat.S_IMODE((tmp_path / "merchant.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_quietly_though_somebody_waits(tmp_path: Path, by: signal.Signals) -> None:
    bank = start_bank(tmp_path)
    bank.script("hang", "lookup")
    ends: list[type[Exception]] = []

    def wait() -> None:
        try:
            bank.get("/v1/lookup?key=key-0001")
        except httpx.HTTPError as error:
            ends.append(type(error))

    waiting = threading.Thread(target=wait)
    waiting.start()
    while bank.rows("SELECT count(*) FROM fault WHERE times > 0") != [(0,)]:
        pass
    assert stop_bank(bank, by=by) == 0
    waiting.join(5)
    assert len(ends) == 1
    assert issubclass(ends[0], httpx.TransportError)


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    bank = start_bank(tmp_path)
    path = bank.post("/v1/checkouts", ORDER, key="key-0001").json()["path"]
    assert bank.decide(path, "approve").status_code == 303
    stop_bank(bank, by=signal.SIGKILL)
    again = start_bank(tmp_path)
    found = again.get("/v1/lookup?key=key-0001").json()
    assert (found["state"], found["charge"]["amount"]) == ("approved", 90_000)
    stop_bank(again)


def test_eight_readers_at_once_are_all_served(bank: RunningBank) -> None:
    paths = [bank.post("/v1/checkouts", ORDER, key=f"key-000{n}").json()["path"] for n in range(8)]
    threads = [threading.Thread(target=bank.decide, args=(path, "approve")) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bank.count_taken() == 8


@pytest.mark.parametrize("path", ["bank", "/Bank", "/", "/a/../b"])
def test_a_wrong_public_path_is_refused(path: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "broadsheet.bank",
            "--file", str(tmp_path / "b.sqlite3"), "--port", "0", "--public-path", path,
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "small letters, figures and hyphens" in done.stderr
