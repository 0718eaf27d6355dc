"""Which addresses are stories, and which first words the house keeps for itself."""

from __future__ import annotations

import re

RESERVED = frozenset(
    """
    about accessibility account ads-txt agencies api archive author bank code-of-practice contact
    corrections demo desk edition editions epaper favicon feed feeds gift gift-subscription grievance
    healthz license-xml login logout manifest markets media metrics news-sitemap newsletters ownership
    privacy readyz refunds robots-txt search sitemap static storyline subscribe terms topic webhooks
    """.split()  # noqa: SIM905
)
"""First words of addresses that no section may take (contract.md, Addresses)."""

_STORY = re.compile(r"/([^/]+)/[^/]*-([0-9]{1,18})/?", re.ASCII)


def find_story_id(path: str) -> int | None:
    """The story an address leads to, however its section and slug are spelt; ``None`` for others.

    ``/city/night-ferries-12/``, ``/City/old-slug-12`` and ``/nation/-12/`` lead to story 12; the
    story itself says which of them is canonical.
    """
    found = _STORY.fullmatch(path)
    if found is None or found[1].lower() in RESERVED:
        return None
    return int(found[2])
