"""Ways to pay among which a reader must choose before the gateway's page is opened."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from broadsheet.apps.payments.gateways import open_gateway


@dataclass(frozen=True, slots=True)
class Way:
    """One of ``Capabilities.methods``, as its button says it."""

    method: str
    words: str


def list_ways(gateway_code: str) -> list[Way]:
    """UPI first; empty where the gateway's own page asks."""
    can = open_gateway(gateway_code).capabilities
    if not can.one_method_a_page:
        return []
    words = {"upi": _("Pay by UPI"), "card": _("Pay by card"), "netbanking": _("Pay by netbanking")}
    return [Way(method, said) for method, said in words.items() if method in can.methods]
