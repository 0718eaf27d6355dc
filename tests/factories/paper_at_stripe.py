"""A newspaper that takes money with Stripe: served, its stand-in beside it, webhooks set up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.factories.demo import free_port
from tests.factories.newspaper import Newspaper, open_bank_of
from tests.factories.served_paper import ServedPaper, serve_web
from tests.factories.stripe_peer import StripePeer, stripe_peer


@dataclass
class PaperAtStripe(ServedPaper):
    """The company it takes money with."""

    peer: StripePeer
    kind_field = "type"


@contextmanager
def serve_paper_at_stripe(home: Path) -> Iterator[PaperAtStripe]:
    """The web of a newspaper with three plans, for the length of a block; no worker."""
    paper = Newspaper(home)
    paper.do("prepare", "lay_out")
    address = f"http://127.0.0.1:{free_port()}"
    with open_bank_of(paper) as bank:
        peer = stripe_peer(bank)
        endpoint = peer.post(
            "/v1/webhook_endpoints",
            **{"url": f"{address}/webhooks/stripe/", "enabled_events[0]": "*"},
        )
        paper.more = {
            "BROADSHEET_DEMO": "1",
            "BROADSHEET_ORIGIN": address,
            "BROADSHEET_STRIPE_KEY": peer.gateway.key,
            "BROADSHEET_STRIPE_ADDRESS": peer.gateway.address,
            "BROADSHEET_STRIPE_WEBHOOK_SECRET": endpoint["secret"],
        }
        with serve_web(paper, address):
            yield PaperAtStripe(paper, bank, address, peer)
