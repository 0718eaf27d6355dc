"""Fastly: pages by surrogate key, softly: a page too old is kept for when the site cannot answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from broadsheet.plumbing.plant import Plant
from broadsheet.plumbing.purging.asking import ask
from broadsheet.plumbing.purging.contract import Answer, Outcome

ADDRESS = "https://api.fastly.com"
MOST_KEYS = 256


@dataclass(frozen=True, slots=True)
class Fastly:
    """One service of Fastly's."""

    address: str
    service: str
    token: str = field(repr=False)
    most: int = MOST_KEYS
    by_address: bool = False

    def purge(self, keys: Sequence[str], urls: Sequence[str]) -> Answer:  # noqa: ARG002
        reply = ask(
            f"{self.address}/service/{self.service}/purge",
            headers={
                "Accept": "application/json",
                "Fastly-Key": self.token,
                "Fastly-Soft-Purge": "1",
                "Surrogate-Key": " ".join(keys),
            },
        )
        if isinstance(reply, Answer):
            return reply
        try:
            taken = isinstance(json.loads(reply.body), dict)
        except ValueError:
            taken = False
        says = reply.body[:200].decode("utf-8", "replace")
        return Answer(Outcome.SENT if taken else Outcome.UNKNOWN, says)

    def write_tags(self, keys: Sequence[str]) -> tuple[str, str]:
        return "Surrogate-Key", " ".join(keys)


def open_cdn(plant: Plant) -> Fastly:
    """Fastly, as the plant's variables say."""
    return Fastly(address=plant.cdn_url or ADDRESS, service=plant.cdn_id, token=plant.cdn_token)
