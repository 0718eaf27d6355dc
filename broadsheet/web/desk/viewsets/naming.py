"""What sections, topics, authors and storylines share: pages everywhere print their names."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn
from wagtail.snippets.views.snippets import (
    CreateView,
    DeleteView,
    EditView,
    IndexView,
    SnippetViewSet,
)

from broadsheet.apps.newsroom.actions import note_changed_names
from broadsheet.plumbing.clock import now


class PlainListMixin:
    """A list without ticks for deeds in bulk: each thing here is looked at before it goes."""

    @cached_property
    def columns(self) -> list[Any]:
        columns = super().columns  # type: ignore[misc]
        return [column for column in columns if not isinstance(column, BulkActionsCheckboxColumn)]


class NamedIndexView(PlainListMixin, IndexView):
    pass


class _ToldMixin:
    def save_instance(self) -> Any:
        saved = super().save_instance()  # type: ignore[misc]
        note_changed_names(kind=saved._meta.model_name, key=saved.pk, now=now())
        return saved


class NamedCreateView(_ToldMixin, CreateView):
    pass


class NamedEditView(_ToldMixin, EditView):
    pass


class NamedDeleteView(DeleteView):
    def delete_action(self) -> Any:
        kind, key = self.object._meta.model_name, self.object.pk
        done = super().delete_action()
        note_changed_names(kind=kind, key=key, now=now())
        return done


class NamedViewSet(SnippetViewSet):
    """A viewset whose every change is told to the gate."""

    index_view_class = NamedIndexView
    add_view_class = NamedCreateView
    edit_view_class = NamedEditView
    delete_view_class = NamedDeleteView
    copy_view_enabled = False
    list_per_page = 50
