"""Payment companies, one folder each. ``open_gateway(code)`` is the one door to them."""

from __future__ import annotations

import importlib
import pkgutil

from broadsheet.apps.payments.gateways.contract import Gateway


class NoSuchGateway(LookupError):  # noqa: N818
    """There is no gateway of this code; the message lists those there are."""


def list_gateways() -> tuple[str, ...]:
    """The codes of all gateways, in order."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.ispkg))


def open_gateway(code: str) -> Gateway:
    """The adapter of one gateway. Raises ``NoSuchGateway``."""
    if code not in list_gateways():
        raise NoSuchGateway(
            f"There is no gateway {code!r}; there are: {', '.join(list_gateways())}."
        )
    module = importlib.import_module(f"{__name__}.{code}.adapter")
    gateway: Gateway = module.open_gateway()
    return gateway


def find_gateway_for(currency: str) -> Gateway:
    """The gateway that a new checkout in ``currency`` goes to. Raises ``NoSuchGateway``."""
    for code in list_gateways():
        gateway = open_gateway(code)
        if currency in gateway.capabilities.currencies:
            return gateway
    raise NoSuchGateway(f"No gateway takes {currency}.")
