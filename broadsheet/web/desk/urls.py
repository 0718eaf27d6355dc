"""Every address of the desk, each behind the guard."""

from __future__ import annotations

from django.urls import include, path
from wagtail.admin import urls as wagtail_urls
from wagtail.utils.urlpatterns import decorate_urlpatterns

from broadsheet.web.desk.guard import guarded

decorate_urlpatterns(wagtail_urls.urlpatterns, guarded)

urlpatterns = [path("", include(wagtail_urls))]
