"""What the adapter never sends; what it does send is proved in ``tests/contracts``."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.factories.bank import RunningBank

pytestmark = pytest.mark.journey
ORDER = {
    "amount": 270_000,
    "currency": "INR",
    "merchant": "The Lantern",
    "description": "Smart Essential, 1 year",
    "return_url": "/subscribe/return/1/",
    "mandate": True,
}


@pytest.mark.parametrize("bearer", [None, "", "Bearer wrong", "Basic eDp5"])
def test_nothing_without_the_key(bank: RunningBank, bearer: str | None) -> None:
    headers = {"Idempotency-Key": "key-0001"} | (
        {} if bearer is None else {"Authorization": bearer}
    )
    for method, path in [("POST", "/v1/checkouts"), ("GET", "/v1/charges"), ("DELETE", "/faults")]:
        said = httpx.request(method, bank.address + path, headers=headers)
        assert (said.status_code, said.json()["error"]["code"]) == (401, "wrong_key")
    assert bank.rows("SELECT count(*) FROM checkout") == [(0,)]


def test_health_needs_no_key(bank: RunningBank) -> None:
    said = httpx.get(bank.address + "/health")
    assert (said.status_code, said.json()) == (200, {"ok": True, "charges": 0})


@pytest.mark.parametrize("key", ["", "short", "with space", "k" * 256])
def test_a_deed_needs_a_sound_key(bank: RunningBank, key: str) -> None:
    said = bank.post("/v1/checkouts", ORDER, key=key)
    assert (said.status_code, said.json()["error"]["code"]) == (400, "no_key")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 1.5},
        {"amount": True},
        {"amount": "270000"},
        {"amount": 10**14},
        {"currency": "inr"},
        {"currency": "INRR"},
        {"currency": None},
        {"merchant": ""},
        {"merchant": "x" * 121},
        {"description": "\ud800"},
        {"mandate": 1},
        {"mandate_limit": 0},
        {"expires_at": "soon"},
        {"expires_at": time.time() + 8 * 86400},
        {"return_url": "https://elsewhere.example/"},
        {"return_url": "//elsewhere.example/"},
        {"return_url": "/\\elsewhere.example/"},
        {"return_url": "/a\r\nSet-Cookie: x"},
        {"return_url": "javascript:alert(1)"},
        {"return_url": ""},
    ],
)
def test_a_wrong_field_is_refused_and_the_key_stays_free(
    bank: RunningBank, change: dict[str, Any]
) -> None:
    said = bank.post("/v1/checkouts", ORDER | change, key="key-0001")
    assert said.status_code == 422
    assert said.json()["error"]["code"] in {"bad_field", "bad_return_url"}
    assert bank.rows("SELECT count(*) FROM checkout") == [(0,)]
    assert bank.post("/v1/checkouts", ORDER, key="key-0001").status_code == 201


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"amount": NaN}', b"\xff", b"[" * 60_000])
def test_a_body_that_is_no_object_is_refused(bank: RunningBank, body: bytes) -> None:
    headers = bank.headers | {"Idempotency-Key": "key-0001"}
    said = httpx.post(bank.address + "/v1/checkouts", content=body, headers=headers)
    assert (said.status_code, said.json()["error"]["code"]) == (400, "not_json")


def test_the_same_request_gets_the_same_answer(bank: RunningBank) -> None:
    first = bank.post("/v1/checkouts", ORDER, key="key-0001")
    again = bank.post("/v1/checkouts", dict(reversed(ORDER.items())), key="key-0001")
    assert (again.status_code, again.content) == (201, first.content)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    other = bank.post("/v1/checkouts", ORDER | {"amount": 1}, key="key-0001")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "key_reused")
    refund = bank.post("/v1/refunds", ORDER, key="key-0001")
    assert refund.status_code == 409
    assert bank.rows("SELECT count(*) FROM checkout") == [(1,)]


def test_unknown_addresses_and_names(bank: RunningBank) -> None:
    assert bank.get("/v1/nothing").status_code == 404
    for query in ("reference=co_none", "key=key-none"):
        said = bank.get(f"/v1/lookup?{query}")
        assert (said.status_code, said.json()["error"]["code"]) == (404, "unknown_reference")
    for query in ("", "?key=a&reference=b"):
        assert bank.get(f"/v1/lookup{query}").status_code == 400
    assert bank.get("/v1/charges?since=yesterday").status_code == 422
    assert bank.get("/v1/mandates/ma_none").status_code == 404


def test_charges_are_listed_page_by_page(bank: RunningBank) -> None:
    for number in range(3):
        page = bank.post("/v1/checkouts", ORDER, key=f"key-000{number}").json()["path"]
        bank.decide(page, "approve")
    first = bank.get("/v1/charges?limit=2").json()
    after = first["charges"][-1]["reference"]
    second = bank.get(f"/v1/charges?limit=2&after={after}").json()
    keys = [charge["key"] for charge in first["charges"] + second["charges"]]
    assert keys == ["key-0000", "key-0001", "key-0002"]
    assert (first["more"], second["more"]) == (True, False)


def test_the_fault_script_is_spent_in_order_and_cleared(bank: RunningBank) -> None:
    faults = [{"kind": "error_before", "deed": "charge"}, {"kind": "busy", "times": 2}]
    bank.post("/faults", faults).raise_for_status()
    assert bank.post("/v1/checkouts", ORDER, key="key-0001").status_code == 429
    assert bank.get("/faults").json()["faults"] == [
        {"kind": "error_before", "deed": "charge", "times": 1},
        {"kind": "busy", "deed": "*", "times": 1},
    ]
    httpx.delete(bank.address + "/faults", headers=bank.headers)
    assert bank.get("/faults").json() == {"faults": []}
    assert bank.post("/v1/checkouts", ORDER, key="key-0001").status_code == 201


@pytest.mark.parametrize(
    "fault",
    [{"kind": "explode"}, {"kind": "hang", "deed": "dance"}, {"kind": "hang", "times": 0}, 7],
)
def test_an_unknown_fault_is_refused(bank: RunningBank, fault: Any) -> None:
    assert bank.post("/faults", [{"kind": "hang"}, fault]).status_code == 422
    assert bank.get("/faults").json() == {"faults": []}


def test_a_mandate_can_be_read_and_revoked(bank: RunningBank) -> None:
    page = bank.post("/v1/checkouts", ORDER | {"mandate_limit": 300_000}, key="key-0001").json()
    bank.decide(page["path"], "approve")
    held = bank.get("/v1/lookup?key=key-0001").json()["mandate"]
    assert (held["state"], held["limit"], held["currency"]) == ("active", 300_000, "INR")
    said = bank.post(f"/v1/mandates/{held['reference']}/revoke", {}).json()
    assert said == held | {"state": "revoked"}
    assert bank.get(f"/v1/mandates/{held['reference']}").json() == said
