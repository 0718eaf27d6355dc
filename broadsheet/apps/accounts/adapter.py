"""What allauth asks of us."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from broadsheet.apps.accounts.actions import register_reader
from broadsheet.plumbing.clock import now


class ReaderAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Registers a reader whenever allauth makes a sign-in row."""

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user = super().save_user(request, user, form, commit=commit)
        if commit:
            register_reader(user=user, now=now())
        return user
