"""The premium desk: the day's stories, and one gesture for each."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from broadsheet.apps.newsroom.actions import mark_premium
from broadsheet.apps.newsroom.models import Story
from broadsheet.apps.newsroom.queries import list_premium_of_day
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.views.permission import RoleRequiredMixin

PROMISED_A_DAY = 30


def start_of_day(instant: datetime) -> datetime:
    """When the paper's day that holds ``instant`` began."""
    here = instant.astimezone(settings.PAPER.zone)
    return datetime.combine(here.date(), time.min, tzinfo=settings.PAPER.zone)


class PremiumDeskView(RoleRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """Today's published stories, each with its toggle; works without script."""

    permission = "newsroom.change_story"
    template_name = "desk/premium.html"
    page_title = gettext_lazy("Premium desk")
    header_icon = "key"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": _("Premium desk")}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        stories = list_premium_of_day(start=start_of_day(now()))
        context["stories"] = stories
        context["premium"] = sum(s.access == AccessClass.PREMIUM.value for s in stories)
        context["promised"] = PROMISED_A_DAY
        context["here"] = reverse("desk_premium")
        return context


@require_POST
@permission_required("newsroom.change_story", raise_exception=True)
def mark(request: HttpRequest, story_id: int) -> HttpResponse:
    """Make a story premium, or take it back; without ``premium`` in the form, the other way round."""
    story = get_object_or_404(Story.objects.only("access", "headline"), pk=story_id)
    wanted = request.POST.get("premium")
    premium = story.access != AccessClass.PREMIUM.value if wanted is None else wanted == "1"
    story = mark_premium(story_id=story_id, premium=premium, actor=request.user, now=now())
    if story.access == AccessClass.PREMIUM.value:
        messages.success(request, _("“%(story)s” is premium.") % {"story": story})
    else:
        said = _("“%(story)s” is %(access)s.")
        messages.success(
            request, said % {"story": story, "access": story.get_access_display().lower()}
        )
    target = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("desk_premium")
    return redirect(target)
