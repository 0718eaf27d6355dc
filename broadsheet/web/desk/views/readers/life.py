"""One reader's whole life with the paper on one page, and the two gestures that need no form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.subscriptions.actions.stop_subscription import (
    CannotCancel,
    CannotResume,
    cancel_subscription,
    undo_cancel,
)
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.apps.subscriptions.queries.history import History, get_history
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.formatting import format_date
from broadsheet.web.desk.views.permission import RoleRequiredMixin
from broadsheet.web.desk.views.readers.finding import PERMISSION

CHANGING = "subscriptions.change_subscription"


class LifeView(RoleRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """What a reader agreed to, paid, got back, was refused and asked for."""

    permission = PERMISSION
    template_name = "desk/reader.html"
    header_icon = "user"

    def get_page_title(self) -> str:
        return self.history.reader.user.email

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("desk_readers"), "label": _("Readers")},
            {"url": "", "label": self.history.reader.user.email},
        ]

    def get(self, _request: HttpRequest, reader_id: int) -> HttpResponse:
        self.history = find_history(reader_id)
        return self.render_to_response(self.get_context_data(history=self.history))


def find_history(reader_id: int) -> History:
    """A reader's history, or a page that says there is no such reader."""
    try:
        return get_history(reader_id, now())
    except Reader.DoesNotExist as missing:
        raise Http404(_("There is no such reader.")) from missing


@require_POST
@permission_required(CHANGING, raise_exception=True)
def cancel(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Stop at the term's end, as the reader could."""

    def tell(subscription: Subscription) -> str:
        day = format_date(subscription.ends_on) if subscription.ends_on else ""
        return _("It stops; everything is kept until %(day)s.") % {"day": day}

    return _do(request, reader_id, cancel_subscription, tell)


@require_POST
@permission_required(CHANGING, raise_exception=True)
def undo(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Take the stop back while the term lasts."""
    return _do(request, reader_id, undo_cancel, lambda _row: _("It goes on as before."))


def _do(
    request: HttpRequest,
    reader_id: int,
    deed: Callable[..., Subscription],
    tell: Callable[[Subscription], str],
) -> HttpResponse:
    try:
        subscription = deed(reader_id=reader_id, actor=request.user.get_username(), now=now())
    except Reader.DoesNotExist as missing:
        raise Http404(_("There is no such reader.")) from missing
    except (CannotCancel, CannotResume) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, tell(subscription))
    return redirect("desk_reader", reader_id=reader_id)
