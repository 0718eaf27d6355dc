"""Choosing one thing among many: a search by words, without Wagtail's search index."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.snippets.views.chooser import (
    ChooseResultsView,
    ChooseView,
    SnippetChooserViewSet,
)


class WordsForm(BaseFilterForm):
    """Keeps what holds every word in one of ``searched``."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Search")}),
    )
    searched: tuple[str, ...] = ("name",)

    def filter(self, objects: Any) -> Any:
        objects = super().filter(objects)
        words = (self.cleaned_data.get("q") or "").split()
        for word in words:
            near = Q()
            for field in self.searched:
                near |= Q(**{f"{field}__icontains": word})
            objects = objects.filter(near)
        self.is_searching = bool(words)
        self.search_query = " ".join(words)
        return objects


def choose_by_words(*searched: str) -> type[SnippetChooserViewSet]:
    """A chooser that searches these fields."""
    form = type("SearchedForm", (WordsForm,), {"searched": searched})
    return type(
        "WordsChooserViewSet",
        (SnippetChooserViewSet,),
        {
            "choose_view_class": type("Choose", (ChooseView,), {"filter_form_class": form}),
            "choose_results_view_class": type(
                "ChooseResults", (ChooseResultsView,), {"filter_form_class": form}
            ),
        },
    )
