"""Days and times written at the desk are the paper's, whoever's clock shows another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy


class PaperTimeField(forms.DateTimeField):
    """An instant that may be left empty; cleaned to an aware one in the paper's zone."""

    def __init__(self, label: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            error_messages={"invalid": gettext_lazy("Write a day and a time, or leave it empty.")},
        )

    def clean(self, value: Any) -> datetime | None:
        written: datetime | None = super().clean(value)
        return written.replace(tzinfo=settings.PAPER.zone) if written else None
