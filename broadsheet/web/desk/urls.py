"""Every address of the desk."""

from __future__ import annotations

from django.urls import include, path
from wagtail.admin import urls as wagtail_urls

urlpatterns = [path("", include(wagtail_urls))]
