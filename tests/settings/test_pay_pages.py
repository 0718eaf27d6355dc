"""A form's redirect counts as its target: the button that pays may lead to the gateways' pages."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.pure
SAY = (
    "from django.conf import settings;"
    "print(*settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'])"
)


def form_targets(**named: str) -> list[str]:
    """Of a paper of its own with these settings."""
    environ = {name: v for name, v in os.environ.items() if not name.startswith("BROADSHEET_")}
    done = subprocess.run(
        [sys.executable, "-c", SAY],
        env={
            **environ,
            "DJANGO_SETTINGS_MODULE": "broadsheet.settings",
            "BROADSHEET_HOME": str(settings.PLANT.home),
            **named,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_forms_lead_to_our_own_site_and_to_the_pages_of_gateways_that_are_set_up() -> None:
    assert form_targets() == ["'self'"]
    assert form_targets(BROADSHEET_STRIPE_KEY="sk_test_x") == [
        "'self'",
        "https://checkout.stripe.com",
    ]
    named = {"BROADSHEET_RAZORPAY_KEY_ID": "rzp_test_x", "BROADSHEET_RAZORPAY_KEY_SECRET": "x"}
    assert form_targets(**named) == ["'self'", "https://rzp.io", "https://*.razorpay.com"]
