"""A newspaper that takes money with Razorpay: served, its stand-in beside it, webhooks set up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.factories.demo import free_port
from tests.factories.newspaper import Newspaper, open_bank_of
from tests.factories.razorpay_peer import WEBHOOK_SECRET, RazorpayPeer, razorpay_peer
from tests.factories.served_paper import ServedPaper, serve_web


@dataclass
class PaperAtRazorpay(ServedPaper):
    """The company it takes money with."""

    peer: RazorpayPeer
    kind_field = "event"


@contextmanager
def serve_paper_at_razorpay(home: Path) -> Iterator[PaperAtRazorpay]:
    """The web of a newspaper with three plans, for the length of a block; no worker."""
    paper = Newspaper(home)
    paper.do("prepare", "lay_out")
    address = f"http://127.0.0.1:{free_port()}"
    with open_bank_of(paper) as bank:
        peer = razorpay_peer(bank)
        peer.ask("webhook", {"url": f"{address}/webhooks/razorpay/", "secret": WEBHOOK_SECRET})
        paper.more = {
            "BROADSHEET_DEMO": "1",
            "BROADSHEET_ORIGIN": address,
            "BROADSHEET_RAZORPAY_KEY_ID": peer.gateway.key_id,
            "BROADSHEET_RAZORPAY_KEY_SECRET": peer.gateway.key_secret,
            "BROADSHEET_RAZORPAY_ADDRESS": peer.gateway.address,
            "BROADSHEET_RAZORPAY_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
        with serve_web(paper, address):
            yield PaperAtRazorpay(paper, bank, address, peer)
