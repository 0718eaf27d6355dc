"""Curating a front: a plain form that needs neither script nor mouse.

The order being worked on travels in the form itself (``place`` = ``role:story``), so that nothing
is before readers until Save, and nothing is lost when a save is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from broadsheet.apps.newsroom.actions import curate_front
from broadsheet.apps.newsroom.models import SlotRole, Story
from broadsheet.apps.newsroom.models.front import ROOM
from broadsheet.apps.newsroom.queries import list_candidates, list_placed
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.views.permission import RoleRequiredMixin

FRONTS = ("home",)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the front as the form shows it."""

    role: str
    label: str
    room: int
    stories: list[Story]

    @property
    def fills_itself(self) -> bool:
        return self.role == SlotRole.LEAD.value


class FrontView(RoleRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """The slots of a front by role, a search for stories, and Save."""

    permission = "newsroom.change_front"
    template_name = "desk/front.html"
    page_title = gettext_lazy("Front page")
    header_icon = "home"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": _("Front page")}]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.slug: str = kwargs["slug"]
        if self.slug not in FRONTS:
            raise Http404
        self.unsaved = False

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        page = list_placed(self.slug)
        self.placed = {role: [s.pk for s in stories] for role, stories in page.roles.items()}
        return self._show(request.GET.get("q", ""))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        self.placed = _read_places(request.POST.getlist("place"))
        deed, _colon, rest = request.POST.get("do", "").partition(":")
        if deed == "save":
            return self._save(request)
        self.unsaved = True
        if deed == "place":
            _place(self.placed, request.POST.get("into", ""), rest)
        elif deed in GESTURES:
            GESTURES[deed](self.placed, rest)
        return self._show(request.POST.get("q", ""))

    def _save(self, request: HttpRequest) -> HttpResponse:
        try:
            curate_front(front=self.slug, placed=self.placed, actor=request.user, now=now())
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
            self.unsaved = True
            return self._show(request.POST.get("q", ""))
        messages.success(request, _("Readers see the front page as it stands here."))
        return redirect("desk_front", slug=self.slug)

    def _show(self, query: str) -> HttpResponse:
        context = self.get_context_data()
        ids = [key for keys in self.placed.values() for key in keys]
        found = {story.pk: story for story in Story.objects.for_lists().filter(pk__in=ids)}
        context["parts"] = [
            Part(
                role,
                str(label),
                ROOM[role],
                [found[key] for key in self.placed.get(role, []) if key in found],
            )
            for role, label in SlotRole.choices
        ]
        candidates = list_candidates(query, front=self.slug, limit=30)
        context["candidates"] = [s for s in candidates if s.pk not in found][:12]
        context["query"] = query
        context["into"] = self.request.POST.get("into", SlotRole.LEAD.value)
        context["unsaved"] = self.unsaved
        context["slug"] = self.slug
        return self.render_to_response(context)


def _read_places(places: list[str]) -> dict[str, list[int]]:
    placed: dict[str, list[int]] = {role: [] for role in SlotRole.values}
    for place in places:
        role, _colon, key = place.partition(":")
        if role in placed and key.isdecimal():
            placed[role].append(int(key))
    return placed


def _move(placed: dict[str, list[int]], key: str, by: int) -> None:
    for ids in placed.values():
        if key.isdecimal() and int(key) in ids:
            at = ids.index(int(key))
            to = min(max(at + by, 0), len(ids) - 1)
            ids.insert(to, ids.pop(at))
            return


def _remove(placed: dict[str, list[int]], key: str) -> None:
    for ids in placed.values():
        if key.isdecimal() and int(key) in ids:
            ids.remove(int(key))


def _place(placed: dict[str, list[int]], role: str, key: str) -> None:
    """Put a story at the end of a part; a full part gives up its last story."""
    if role in placed and key.isdecimal():
        _remove(placed, key)
        del placed[role][ROOM[role] - 1 :]
        placed[role].append(int(key))


GESTURES: dict[str, Any] = {
    "up": lambda placed, key: _move(placed, key, -1),
    "down": lambda placed, key: _move(placed, key, 1),
    "remove": _remove,
}
