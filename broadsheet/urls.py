"""Every address of the house, in the order in which they are tried."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("desk/", include("broadsheet.web.desk.urls")),
    path("", include("broadsheet.web.reader.urls")),
]
