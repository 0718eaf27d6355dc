"""What is done to licences."""

from broadsheet.apps.licences.actions.keep_licence import (
    CannotChange,
    Terms,
    change_licence,
    close_licences,
    create_licence,
    end_licence,
    record_licence_payment,
)
from broadsheet.apps.licences.actions.tell_gates import publish_licences, tell_gates

__all__ = [
    "CannotChange",
    "Terms",
    "change_licence",
    "close_licences",
    "create_licence",
    "end_licence",
    "publish_licences",
    "record_licence_payment",
    "tell_gates",
]
