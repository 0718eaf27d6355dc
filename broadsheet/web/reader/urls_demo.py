"""Addresses of the demo alone; each answers 404 elsewhere."""

from __future__ import annotations

from django.urls import URLPattern, path

from broadsheet.web.reader.views import bank, demo_mail

urlpatterns: list[URLPattern] = [
    path("bank/<path:page>", bank.bank, name="bank"),
    path("demo/mail/", demo_mail.letters, name="demo-mail"),
    path("demo/mail/<str:name>/", demo_mail.letter, name="demo-letter"),
]
