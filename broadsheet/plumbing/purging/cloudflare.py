"""Cloudflare: pages by cache tag, or by address where ``BROADSHEET_CDN_BY`` says so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from broadsheet.plumbing.plant import Plant
from broadsheet.plumbing.purging.asking import ask
from broadsheet.plumbing.purging.contract import Answer, Outcome
from broadsheet.protocol.rendition import ALL

ADDRESS = "https://api.cloudflare.com/client/v4"
MOST = 30


@dataclass(frozen=True, slots=True)
class Cloudflare:
    """One zone of Cloudflare's."""

    address: str
    zone: str
    token: str = field(repr=False)
    by_address: bool = False
    most: int = MOST

    def purge(self, keys: Sequence[str], urls: Sequence[str]) -> Answer:
        wanted: dict[str, object] = {"files": list(urls)} if urls else {"tags": list(keys)}
        if self.by_address and ALL in keys:
            wanted = {"purge_everything": True}
        reply = ask(
            f"{self.address}/zones/{self.zone}/purge_cache",
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
            },
            body=json.dumps(wanted).encode(),
        )
        if isinstance(reply, Answer):
            return reply
        says = reply.body[:200].decode("utf-8", "replace")
        try:
            taken = json.loads(reply.body)["success"]
        except (ValueError, TypeError, KeyError):
            return Answer(Outcome.UNKNOWN, says)
        return Answer(Outcome.SENT if taken is True else Outcome.REFUSED, says)

    def write_tags(self, keys: Sequence[str]) -> tuple[str, str]:
        return "Cache-Tag", ",".join(keys)


def open_cdn(plant: Plant) -> Cloudflare:
    """Cloudflare, as the plant's variables say."""
    return Cloudflare(
        address=plant.cdn_url or ADDRESS,
        zone=plant.cdn_id,
        token=plant.cdn_token,
        by_address=plant.cdn_by == "addresses",
    )
