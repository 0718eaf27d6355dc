from __future__ import annotations

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.test import RequestFactory

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("origin", "trusted"),
    [
        ("https://paper.example", True),
        ("https://paper.example.evil.example", False),
        ("http://other.example", False),
        ("null", False),
    ],
)
def test_forms_come_from_the_papers_origin_alone(settings, origin, trusted):
    """A proxy ends TLS, so the request itself is plain http and its host may be the proxy's."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://paper.example"]
    request = RequestFactory().post("/subscribe/", HTTP_HOST="127.0.0.1", HTTP_ORIGIN=origin)
    assert CsrfViewMiddleware(lambda _: HttpResponse())._origin_verified(request) is trusted


def test_the_paper_trusts_its_own_origin():
    assert [settings.PLANT.origin] == settings.CSRF_TRUSTED_ORIGINS
