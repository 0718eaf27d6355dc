"""Which stories a visitor was lent, and whether what they were lent by still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broadsheet.domain.lending import may_lend

if TYPE_CHECKING:
    from broadsheet.protocol.link import Lent
    from broadsheet.protocol.rendition import StoryFacts
    from broadsheet.protocol.snapshot import Snapshot


def is_lent(lent: tuple[Lent, ...], facts: StoryFacts, snapshot: Snapshot, now: float) -> bool:
    """Whether a link that is neither over nor revoked opens this story; ``now`` since 1970."""
    return any(
        one.story_id == facts.id
        and now < one.expires_at
        and one.link_id not in snapshot.revoked_link_ids
        and may_lend(facts.access, lend_premium=snapshot.lend_premium)
        for one in lent
    )
