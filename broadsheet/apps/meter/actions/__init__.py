"""What is done to the meter."""

from broadsheet.apps.meter.actions.feed import (
    REVOKED_FOR,
    publish_snapshot,
    refresh_gate,
    revoke_session,
)
from broadsheet.apps.meter.actions.policies import (
    FIRST_MESSAGE,
    CannotAdopt,
    PolicyTerms,
    adopt_policy,
    draft_policy,
    end_policy,
    ensure_first_policy,
    reword_policy,
)

__all__ = [
    "FIRST_MESSAGE",
    "REVOKED_FOR",
    "CannotAdopt",
    "PolicyTerms",
    "adopt_policy",
    "draft_policy",
    "end_policy",
    "ensure_first_policy",
    "publish_snapshot",
    "refresh_gate",
    "revoke_session",
    "reword_policy",
]
