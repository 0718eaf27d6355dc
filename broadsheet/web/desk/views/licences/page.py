"""What the pages of licences have in common."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from broadsheet.apps.licences.models import Licence
from broadsheet.domain.licence import WrongLicence
from broadsheet.plumbing.formatting import format_date
from broadsheet.web.desk.views.permission import RoleRequiredMixin


class LicencesPage(RoleRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """A page of the desk, refused to whoever lacks ``permission``."""

    permission = "licences.view_licence"
    page_title = gettext_lazy("Licences")
    header_icon = "group"


def say_standing(licence: Licence, now: datetime) -> str:
    """Whether it is in force, in a few words."""
    if licence.is_over(now):
        return _("over since %(day)s") % {"day": format_date(licence.ends_at)}
    if not licence.is_in_force(now):
        return _("begins on %(day)s") % {"day": format_date(licence.starts_on)}
    return _("until %(day)s") % {"day": format_date(licence.ends_on)}


def add_refusal(form: forms.Form, refused: WrongLicence) -> None:
    """Put a refusal beside the field that it is about."""
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
