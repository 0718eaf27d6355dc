"""How many stories may be read free, for the pages that say so."""

from __future__ import annotations

from dataclasses import dataclass

from broadsheet.plumbing.clock import now


@dataclass(frozen=True, slots=True)
class Allowances:
    anonymous: int
    registered: int


def find_allowances() -> Allowances | None:
    """The policy in force, or None where the paper has no meter."""
    from broadsheet.apps.meter.queries import get_policy_in_force

    policy = get_policy_in_force(now())
    if policy is None:
        return None
    return Allowances(policy.anonymous_allowance, policy.registered_allowance)
