"""The emergency switch: stories free for all, now, one gesture for one or for many."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from broadsheet.apps.newsroom.actions import free_story, lock_story_again
from broadsheet.apps.newsroom.models import Story
from broadsheet.apps.newsroom.queries import list_freed_stories, list_locked_stories
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.paper_time import PaperTimeField
from broadsheet.web.desk.views.permission import RoleRequiredMixin

PERMISSION = "newsroom.publish_story"
SHOWN = 40
MOST_AT_ONCE = 200
LONGEST_ID = 17  # digits


class FreeForm(forms.Form):
    """Which stories, and until when."""

    story = forms.TypedMultipleChoiceField(coerce=int, required=False)
    until = PaperTimeField(gettext_lazy("Until"))

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        given = data.getlist("story")[:MOST_AT_ONCE] if data is not None else []
        numbers = [
            one for one in given if one.isascii() and one.isdigit() and len(one) <= LONGEST_ID
        ]
        stories = self.fields["story"]
        assert isinstance(stories, forms.TypedMultipleChoiceField)
        stories.choices = [(one, one) for one in numbers]


class FreeDeskView(RoleRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """What is free for all just now, and what can be made so; works without script."""

    permission = PERMISSION
    template_name = "desk/free.html"
    page_title = gettext_lazy("Free for all")
    header_icon = "lock-open"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": _("Free for all")}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        words = self.request.GET.get("q", "")[:100]
        context["freed"] = list_freed_stories()
        context["locked"] = list_locked_stories(words=words, limit=SHOWN)
        context["words"] = words
        context["form"] = kwargs.get("form") or FreeForm()
        return context

    def post(self, request: HttpRequest) -> HttpResponse:
        form = FreeForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        instant, until = now(), form.cleaned_data["until"]
        live = Story.objects.filter(pk__in=form.cleaned_data["story"], live=True)
        chosen = list(live.values_list("pk", flat=True))
        try:
            for story_id in chosen:
                free_story(story_id=story_id, until=until, actor=request.user, now=instant)
        except ValidationError as refused:
            form.add_error("until", refused.messages)
            return self.render_to_response(self.get_context_data(form=form))
        if chosen:
            said = ngettext(
                "%(count)s story is free for all.",
                "%(count)s stories are free for all.",
                len(chosen),
            )
            messages.success(request, said % {"count": len(chosen)})
        return redirect("desk_free")


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def switch(request: HttpRequest, story_id: int) -> HttpResponse:
    """Open one story to all, or lock it again; without ``free`` in the form, the other way round."""
    story = get_object_or_404(Story.objects.defer("body"), pk=story_id)
    wanted = request.POST.get("free")
    free = story.freed_at is None if wanted is None else wanted == "1"
    try:
        if free:
            free_story(story_id=story_id, actor=request.user, now=now())
            messages.success(request, _("“%(story)s” is free for all.") % {"story": story})
        else:
            lock_story_again(story_id=story_id, actor=request.user, now=now())
            said = _("“%(story)s” is %(access)s again.")
            access = story.get_access_display().lower()
            messages.success(request, said % {"story": story, "access": access})
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    target = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("desk_free")
    return redirect(target)
