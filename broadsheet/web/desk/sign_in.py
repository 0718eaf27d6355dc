"""Signing in at the desk: Wagtail's form, with allauth counting the guesses as it does for readers."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from wagtail.admin.forms.auth import LoginForm


class DeskSignInForm(LoginForm):  # type: ignore[misc]
    """E-mail and password; after five wrong ones that address must wait."""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        email, password = given.get("username"), given.get("password")
        if email and password:
            adapter = get_adapter(self.request)
            self.user_cache = adapter.authenticate(self.request, email=email, password=password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return given
