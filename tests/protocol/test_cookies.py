from __future__ import annotations

import pytest

from broadsheet.protocol.cookies import DEVICE, SHOWN, name_cookie, write_cookie

pytestmark = pytest.mark.pure


def test_on_https_a_cookie_belongs_to_the_host_alone():
    assert name_cookie(DEVICE, secure=True) == "__Host-bs_device"
    assert write_cookie("__Host-bs_device", "v", max_age=9, secure=True) == (
        "__Host-bs_device=v; Path=/; Max-Age=9; SameSite=Lax; Secure; HttpOnly"
    )


def test_on_http_it_has_a_plain_name():
    assert name_cookie(SHOWN, secure=False) == "bs_shown"
    assert write_cookie("bs_shown", "v", max_age=9, secure=False, http_only=False) == (
        "bs_shown=v; Path=/; Max-Age=9; SameSite=Lax"
    )
