"""Every address of the house, in the order in which they are tried."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

handler400 = "broadsheet.web.reader.errors.bad_request"
handler403 = "broadsheet.web.reader.errors.forbidden"
handler404 = "broadsheet.web.reader.errors.not_found"
handler500 = "broadsheet.web.reader.errors.server_error"

urlpatterns = [
    path("desk/", include("broadsheet.web.desk.urls")),
    path("account/", include("allauth.account.urls")),
    path("webhooks/", include("broadsheet.web.webhooks.urls")),
    path("", include("broadsheet.web.reader.urls")),
    # Wagtail's own sign-in for readers would count no guesses.
    path("_util/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("", include("wagtail.urls")),
]
