"""Where payment companies tell us what happened: ``/webhooks/<gateway>/``."""

from __future__ import annotations

from django.urls import path

from broadsheet.web.webhooks.views import receive

app_name = "webhooks"

urlpatterns = [path("<slug:gateway>/", receive, name="receive")]
