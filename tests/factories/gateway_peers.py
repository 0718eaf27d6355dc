"""Payment companies as the gateway suites need them.

A peer is a company that is able to fail on demand, to play the person at its payment page, and to
be read past the adapter.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from broadsheet.apps.payments.gateways.contract import Gateway
from broadsheet.apps.payments.gateways.test.adapter import TestGateway
from tests.factories.bank import RunningBank
from tests.factories.razorpay_peer import razorpay_peer
from tests.factories.stripe_peer import stripe_peer

PATIENCE = 2.0


class Peer(Protocol):
    """A company that does as the test says."""

    gateway: Gateway

    def fail(self, fault: str, deed: str, **more: object) -> None: ...
    def approve(self, url: str) -> None: ...
    def approve_by_code(self, url: str) -> None: ...
    def decline(self, url: str) -> None: ...
    def say_nothing(self, url: str) -> None: ...
    def settle(self, key: str, *, succeeded: bool) -> None: ...
    def revoke(self, mandate: str) -> None: ...
    def count_taken(self, key: str) -> int: ...
    def count_refunds(self, reference: str) -> int: ...
    def out_of_reach(self) -> Gateway: ...
    def with_wrong_key(self) -> Gateway: ...
    def tell(self, url: str) -> str:
        """Have the company call ``url``; the secret it signs with."""
        ...

    def with_secrets(self, *secrets: str) -> Gateway: ...
    def dispute(self, reference: str) -> str:
        """The payer of a charge takes it to the bank; the dispute's name."""
        ...

    def close_dispute(self, dispute: str, *, won: bool) -> None: ...


@dataclass
class TestPeer:
    __test__ = False
    gateway: TestGateway
    bank: RunningBank

    def fail(self, fault: str, deed: str, **more: object) -> None:
        self.bank.script(fault, deed, **more)

    def approve(self, url: str) -> None:
        assert self.bank.decide(url, "approve").status_code == 303

    def approve_by_code(self, url: str) -> None:
        assert self.bank.approve_by_code(url).status_code == 303

    def decline(self, url: str) -> None:
        assert self.bank.decide(url, "decline").status_code == 303

    def say_nothing(self, url: str) -> None:
        assert self.bank.decide(url, "silence").status_code == 303

    def settle(self, key: str, *, succeeded: bool) -> None:
        reference = self.bank.rows("SELECT reference FROM charge WHERE key = ?", key)[0][0]
        state = "succeeded" if succeeded else "declined"
        reason = "" if succeeded else "insufficient_funds"
        body = {"state": state, "reason": reason}
        self.bank.post(f"/v1/charges/{reference}/settle", body).raise_for_status()

    def revoke(self, mandate: str) -> None:
        self.bank.post(f"/v1/mandates/{mandate}/revoke", {}).raise_for_status()

    def count_taken(self, key: str) -> int:
        sql = "SELECT count(*) FROM charge WHERE key = ? AND state = 'succeeded'"
        return int(self.bank.rows(sql, key)[0][0])

    def count_refunds(self, reference: str) -> int:
        return int(self.bank.rows("SELECT count(*) FROM refund WHERE charge = ?", reference)[0][0])

    def out_of_reach(self) -> Gateway:
        return replace(self.gateway, address="http://127.0.0.1:1")

    def with_wrong_key(self) -> Gateway:
        wrong = self.bank.file.parent / "wrong.key"
        wrong.write_text("not-the-key")
        return replace(self.gateway, key_file=wrong)

    def tell(self, url: str) -> str:
        secret = "a secret for the telling"
        self.bank.post("/v1/webhook", {"url": url, "secret": secret}).raise_for_status()
        return secret

    def with_secrets(self, *secrets: str) -> Gateway:
        kept = self.bank.file.parent / f"{uuid.uuid4().hex}.secret"
        kept.write_text(",".join(secrets))
        return replace(self.gateway, secret_file=kept)

    def dispute(self, reference: str) -> str:
        opened = self.bank.post("/v1/disputes", {"charge": reference, "reason": "fraudulent"})
        return str(opened.json()["reference"])

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        state = {"state": "won" if won else "lost"}
        self.bank.post(f"/v1/disputes/{dispute}/close", state).raise_for_status()


def _test_peer(bank: RunningBank) -> Peer:
    gateway = TestGateway(
        address=bank.address,
        key_file=bank.key_file,
        merchant="The Lantern",
        answer_seconds=PATIENCE,
    )
    return TestPeer(gateway, bank)


PEERS: dict[str, Callable[[RunningBank], Peer]] = {
    "razorpay": razorpay_peer,
    "stripe": stripe_peer,
    "test": _test_peer,
}
"""One of each gateway, by its code."""
