"""The cookies that gate and Django share, and how each is set."""

from __future__ import annotations

DEVICE = "bs_device"
PASS = "bs_pass"  # noqa: S105
SHOWN = "bs_shown"
LENT = "bs_lent"
GIVEN = "bs_given"
LICENCE = "bs_licence"
THROUGH = "bs_through"
SESSION = "bs_session"
DAY_SECONDS = 86_400
DEVICE_DAYS = 400
"""Longest life browsers grant a cookie; an older device id is not accepted either."""
PASS_SECONDS = 300


def name_cookie(cookie: str, *, secure: bool) -> str:
    """The name on the wire: ``__Host-`` before it where readers come by https."""
    return f"__Host-{cookie}" if secure else cookie


def write_cookie(
    name: str, value: str, *, max_age: int, secure: bool, http_only: bool = True
) -> str:
    """A ``Set-Cookie`` value. ``name`` is the name on the wire, ``max_age`` in seconds."""
    flags = ("; Secure" if secure else "") + ("; HttpOnly" if http_only else "")
    return f"{name}={value}; Path=/; Max-Age={max_age}; SameSite=Lax{flags}"
