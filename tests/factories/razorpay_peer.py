"""Razorpay's stand-in as the gateway suites need it: fails on demand, plays the payer, is read past.

By default the payer's card comes from abroad: it is debited at once. Cards of the country and UPI,
whose debits wait out a notice, have tests of their own.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

import httpx

from broadsheet.apps.payments.gateways.contract import Gateway
from broadsheet.apps.payments.gateways.razorpay.adapter import RazorpayGateway
from tests.factories.bank import CALL_SECONDS, RunningBank

PATIENCE = 2.0
KEY_ID = "rzp_test_lantern"
ABROAD, AT_HOME, POOR, POOR_LATER = (
    "5104015555555558",
    "4718609108204366",
    "4718609108200158",
    "4718609108200406",
)
LATE = "4718609108200323"
UPI, UPI_FAILS = "success@razorpay", "failure@razorpay"
WEBHOOK_SECRET = "a secret for the telling"


@dataclass
class RazorpayPeer:
    """The payer at Razorpay's pages, and Razorpay's own book."""

    gateway: RazorpayGateway
    bank: RunningBank

    @property
    def wire_address(self) -> str:
        return f"{self.bank.address}/razorpay"

    def ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What only a stand-in is asked: ``clock``, ``settle``, …"""
        reply = httpx.post(
            f"{self.wire_address}/stand-in/{path}",
            json=body,
            auth=(self.gateway.key_id, self.gateway.key_secret),
            timeout=CALL_SECONDS,
        )
        assert reply.status_code == 200, reply.text
        said: dict[str, Any] = reply.json()
        return said

    def let_pass(self, hours: float) -> None:
        """Put Razorpay's clock ahead."""
        self.ask("clock", {"advance": int(hours * 3600)})

    def fail(self, fault: str, deed: str, **more: object) -> None:
        self.bank.script(fault, deed, **more)

    # -- the payer ---------------------------------------------------------------------------

    def type_in(self, url: str, instrument: str) -> httpx.Response:
        """Choose a card or UPI id on the page."""
        method = "upi" if "@" in instrument else "card"
        body = {"method": method, "instrument": instrument, "contact": "+919123456780"}
        return httpx.post(self.bank.address + url, data=body, timeout=CALL_SECONDS)

    def answer(self, url: str, answer: str, code: str = "") -> httpx.Response:
        """Answer the bank that asks: ``confirm`` with the code of its message, or ``refuse``."""
        page = httpx.get(f"{self.bank.address}{url}ask/", timeout=CALL_SECONDS)
        found = re.search(r"(\d{3}) (\d{3}) is your code", page.text)
        typed = code or (found[1] + found[2] if found else "1234")
        body = {"answer": answer, "code": typed}
        return httpx.post(f"{self.bank.address}{url}ask/", data=body, timeout=CALL_SECONDS)

    def pay(self, url: str, instrument: str) -> httpx.Response:
        """Choose, and confirm where the bank asks."""
        reply = self.type_in(url, instrument)
        if reply.status_code == 303 and reply.headers["Location"].endswith("/ask/"):
            reply = self.answer(url, "confirm")
        return reply

    def approve(self, url: str) -> None:
        assert self.pay(url, ABROAD).status_code == 303

    def approve_by_code(self, url: str) -> None:
        assert self.pay(url, AT_HOME).status_code == 303

    def decline(self, url: str) -> None:
        assert self.pay(url, POOR).status_code == 422

    def say_nothing(self, url: str) -> None:
        assert self.type_in(url, AT_HOME).status_code == 303

    # -- Razorpay's book -------------------------------------------------------------------------

    def payments(self, key: str) -> list[tuple[str, str]]:
        """The payments made under a key of ours: name and status."""
        return self.bank.rows(
            "SELECT id, json_extract(body, '$.status') FROM razorpay_object WHERE kind = 'payment'"
            " AND json_extract(body, '$.notes.broadsheet_key') = ? ORDER BY seq",
            key,
        )

    def forget_notes(self) -> None:
        """Let the payments so far carry no notes."""
        connection = sqlite3.connect(self.bank.file)
        with connection:
            connection.execute(
                "UPDATE razorpay_object SET body = json_set(body, '$.notes', json('[]'))"
                " WHERE kind = 'payment'"
            )
        connection.close()

    def settle(self, key: str, *, succeeded: bool) -> None:
        name = self.payments(key)[-1][0]
        self.ask("settle", {"name": name, "succeeded": succeeded, "reason": "insufficient_funds"})

    def revoke(self, mandate: str) -> None:
        self.ask(f"tokens/{mandate.partition('/')[0]}/cancel", {})

    def count_taken(self, key: str) -> int:
        return sum(status in {"captured", "refunded"} for _, status in self.payments(key))

    def count_refunds(self, reference: str) -> int:
        sql = "SELECT count(*) FROM razorpay_object WHERE kind = 'refund' AND parent = ?"
        return int(self.bank.rows(sql, reference)[0][0])

    def out_of_reach(self) -> Gateway:
        return replace(self.gateway, address="http://127.0.0.1:1")

    def with_wrong_key(self) -> Gateway:
        return replace(self.gateway, key_secret="not-the-secret")

    def tell(self, url: str) -> str:
        self.ask("webhook", {"url": url, "secret": WEBHOOK_SECRET})
        return WEBHOOK_SECRET

    def with_secrets(self, *secrets: str) -> Gateway:
        return replace(self.gateway, webhook_secrets=secrets)

    def dispute(self, reference: str) -> str:
        return str(self.ask("disputes", {"payment_id": reference})["id"])

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        self.ask(f"disputes/{dispute}/close", {"status": "won" if won else "lost"})


def razorpay_peer(bank: RunningBank) -> RazorpayPeer:
    gateway = RazorpayGateway(
        key_id=KEY_ID,
        key_secret=bank.key_file.read_text(),
        address=f"{bank.address}/razorpay",
        webhook_secrets=(WEBHOOK_SECRET,),
        usual_method="card",
        answer_seconds=PATIENCE,
    )
    return RazorpayPeer(gateway, bank)
