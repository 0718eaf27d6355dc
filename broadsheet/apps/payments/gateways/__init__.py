"""Payment companies, one folder each. ``open_gateway(code)`` is the one door to them.

A folder whose ``__init__`` has ``is_set_up(plant)`` is offered only where that says so.
"""

from __future__ import annotations

import importlib
import pkgutil

from django.conf import settings

from broadsheet.apps.payments.gateways.contract import Gateway


class NoSuchGateway(LookupError):  # noqa: N818
    """There is no gateway of this code; the message lists those there are."""


def list_gateways() -> tuple[str, ...]:
    """The codes of the gateways that are set up here, in order; the test gateway if none is."""
    found = tuple(code for code in _list_folders() if _is_set_up(code))
    return found or ("test",)


def open_gateway(code: str) -> Gateway:
    """The adapter of one gateway, set up or not. Raises ``NoSuchGateway``."""
    if code not in _list_folders():
        raise NoSuchGateway(
            f"There is no gateway {code!r}; there are: {', '.join(_list_folders())}."
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


def _list_folders() -> tuple[str, ...]:
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.ispkg))


def _is_set_up(code: str) -> bool:
    asked = getattr(importlib.import_module(f"{__name__}.{code}"), "is_set_up", None)
    return asked is None or bool(asked(settings.PLANT))
