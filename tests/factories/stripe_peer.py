"""Stripe's stand-in as the gateway suites need it: failing on demand, with people at its page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import httpx

from broadsheet.apps.payments.gateways.contract import Gateway
from broadsheet.apps.payments.gateways.stripe.adapter import StripeGateway
from tests.factories.bank import CALL_SECONDS, RunningBank

PAYS = "4242 4242 4242 4242"
ASKS = "4000 0025 0000 3155"
INDIAN = "4000 0035 6000 0008"
DECLINED = "4000 0000 0000 0002"
LATE = "4000 0000 0000 7726"


@dataclass
class StripePeer:
    """Its page stays open when a card is declined, so that another can be tried."""

    gateway: StripeGateway
    bank: RunningBank

    def fail(self, fault: str, deed: str, **more: object) -> None:
        self.bank.script(fault, deed, **more)

    def pay(self, url: str, number: str) -> httpx.Response:
        """Open the page, type a card, press Pay."""
        assert "Card number" in httpx.get(self.bank.address + url, timeout=CALL_SECONDS).text
        typed = {"number": number, "expiry": "12/34", "cvc": "123"}
        return httpx.post(self.bank.address + url, data=typed, timeout=CALL_SECONDS)

    def answer_bank(self, url: str, answer: str) -> httpx.Response:
        """Confirm or refuse where the card's bank asks (3-D Secure)."""
        page = f"{self.bank.address}{url}ask/"
        assert "Your bank asks" in httpx.get(page, timeout=CALL_SECONDS).text
        return httpx.post(page, data={"answer": answer}, timeout=CALL_SECONDS)

    def approve(self, url: str) -> None:
        assert self.pay(url, PAYS).status_code == 303

    def approve_by_code(self, url: str) -> None:
        assert self.pay(url, ASKS).headers["Location"] == f"{url}ask/"
        assert self.answer_bank(url, "confirm").status_code == 303

    def decline(self, url: str) -> None:
        assert self.pay(url, DECLINED).status_code == 422

    def say_nothing(self, url: str) -> None:
        assert httpx.get(self.bank.address + url, timeout=CALL_SECONDS).status_code == 200

    def settle(self, key: str, *, succeeded: bool) -> None:
        name = self._names("payment_intent", key, "processing")[0]
        self.control("settle", name=name, succeeded=str(succeeded).lower())

    def revoke(self, mandate: str) -> None:
        card = mandate.partition("/")[0]
        self.post(f"/v1/payment_methods/{card}/detach")

    def count_taken(self, key: str) -> int:
        return len(self._names("charge", key, "succeeded"))

    def count_refunds(self, reference: str) -> int:
        sql = (
            "SELECT count(*) FROM stripe_object WHERE kind = 'refund' AND intent = ?"
            " AND json_extract(body, '$.status') = 'succeeded'"
        )
        return int(self.bank.rows(sql, reference)[0][0])

    def out_of_reach(self) -> Gateway:
        return replace(self.gateway, address="http://127.0.0.1:1/stripe")

    def with_wrong_key(self) -> Gateway:
        return replace(self.gateway, key="sk_test_not_the_key")

    def post(self, path: str, **said: str) -> Any:
        """A call to the stand-in past the adapter."""
        reply = httpx.post(
            f"{self.bank.address}/stripe{path}",
            data=said,
            headers={"Authorization": f"Bearer {self.gateway.key}"},
            timeout=CALL_SECONDS,
        )
        reply.raise_for_status()
        return reply.json()

    def control(self, what: str, **said: str) -> Any:
        """What only the stand-in has: its clock, late answers, disputes."""
        return self.post(f"/stand-in/{what}", **said)

    def tell(self, url: str) -> str:
        made = self.post("/v1/webhook_endpoints", url=url, **{"enabled_events[0]": "*"})
        return str(made["secret"])

    def with_secrets(self, *secrets: str) -> Gateway:
        return replace(self.gateway, webhook_secrets=secrets)

    def dispute(self, reference: str) -> str:
        return str(self.control("disputes", payment_intent=reference)["id"])

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        self.control(f"disputes/{dispute}/close", won=str(won).lower())

    def _names(self, kind: str, key: str, status: str) -> list[str]:
        sql = (
            "SELECT id FROM stripe_object WHERE kind = ?"
            " AND json_extract(body, '$.metadata.broadsheet_key') = ?"
            " AND json_extract(body, '$.status') = ?"
        )
        return [row[0] for row in self.bank.rows(sql, kind, key, status)]


def stripe_peer(bank: RunningBank, *, patience: float = 2.0, **more: Any) -> StripePeer:
    """The adapter, pointed at a stand-in of one's own."""
    gateway = StripeGateway(
        key=f"sk_test_{bank.key_file.read_text()}",
        address=f"{bank.address}/stripe",
        answer_seconds=patience,
        origin=bank.address,
        **more,
    )
    return StripePeer(gateway, bank)
