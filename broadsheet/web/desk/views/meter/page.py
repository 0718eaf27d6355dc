"""What the meter's pages at the desk have in common."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.newsroom.models import Story
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.views.meter.asking import find_story
from broadsheet.web.desk.views.meter.seeing import Sight, Tried, look_at
from broadsheet.web.desk.views.permission import RoleRequiredMixin


class MeterPage(RoleRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """A page of the desk, refused to whoever lacks ``permission``."""

    page_title = gettext_lazy("Meter rules")
    header_icon = "cogs"

    def look(self, row: MeterPolicy, form: forms.Form) -> Sight | None:
        """What readers meet under ``row``, on the story that the form names or on one covered."""
        return look_at(Tried.of(row), row, now(), on=_find_shown(form))


def _find_shown(form: forms.Form) -> Story | None:
    """The story the form asks for; a refusal beside the field if it cannot be one."""
    written = form["shown_on"].value() or ""
    if not written.strip():
        return None
    story = find_story(written)
    if story is not None and story.effective_access is AccessClass.METERED:
        return story
    if form.is_bound:
        form.add_error("shown_on", _("No published metered story has this address or number."))
    return None
