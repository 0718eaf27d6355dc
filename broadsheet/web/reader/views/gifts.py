"""A subscriber's gifts: give a story, see what became of it, take it back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.meter.actions.lending import CannotLend, give_story, revoke_link
from broadsheet.apps.meter.models import Link
from broadsheet.apps.meter.queries.lending import (
    find_given_link,
    find_why_not_given,
    get_gift_quota,
    list_gifts,
)
from broadsheet.apps.newsroom.models import Story
from broadsheet.domain.lending import (
    GIFT_DAYS,
    GIFT_DEVICES,
    LONGEST_NAME,
    Refusal,
    WrongName,
)
from broadsheet.plumbing.clock import now
from broadsheet.protocol.addresses import find_story_id
from broadsheet.web.reader.signed_in import for_readers

LONGEST_ADDRESS = 500
LONGEST_ID = 18
REFUSALS: dict[Refusal, str] = {
    Refusal.NOT_PUBLISHED: gettext_noop("There is no such story of ours. Copy its address again."),
    Refusal.ALREADY_FREE: gettext_noop(
        "This story is free for everybody. Send its address; it needs no gift."
    ),
    Refusal.PREMIUM: gettext_noop("Premium stories cannot be given."),
    Refusal.NO_GIFTS: gettext_noop("Giving stories comes with a subscription."),
    Refusal.QUOTA_SPENT: gettext_noop("You have given all the stories of this month."),
}


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def gifts(request: HttpRequest, reader: Reader) -> HttpResponse:
    """What was given, and the form that gives: ``?story=`` holds an address or a number."""
    written = request.POST if request.method == "POST" else request.GET
    said = written.get("story", "")[:LONGEST_ADDRESS].strip()
    name = request.POST.get("name", reader.user.first_name)[: LONGEST_NAME * 2]
    instant = now()
    quota = get_gift_quota(reader.pk, instant)
    story = find_meant_story(said)
    refusal = _find_refusal(said, story, quota)
    wrong_name = ""
    if request.method == "POST" and story is not None and refusal in {None, Refusal.QUOTA_SPENT}:
        try:
            link = give_story(reader_id=reader.pk, story_id=story.pk, shown_as=name, now=instant)
        except WrongName as wrong:
            wrong_name = str(wrong)
        except CannotLend as refused:
            refusal = refused.refusal
        else:
            return _see(f"?given={link.pk}")
    given = list_gifts(reader.pk, instant)
    shown: dict[str, Any] = {
        "quota": quota,
        "gifts": given,
        "fresh": find_given_link(given, request.GET.get("given", "")),
        "story": story,
        "said": said,
        "name": name,
        "wrong_name": wrong_name,
        "refusal": _(REFUSALS[refusal]) if refusal is not None and said else "",
        "days": GIFT_DAYS,
        "devices": GIFT_DEVICES,
        "longest_name": LONGEST_NAME,
    }
    return render(request, "reader/account/gifts.html", shown)


@for_readers
@require_POST
def revoke(request: HttpRequest, reader: Reader, link_id: int) -> HttpResponse:
    """Take a gift back; what it opened is locked again within a second."""
    try:
        revoke_link(link_id=link_id, giver_id=reader.pk, actor=f"reader:{reader.pk}", now=now())
    except Link.DoesNotExist:
        messages.warning(request, _("There is no such gift of yours."))
    else:
        messages.success(request, _("Done. The link opens nothing any more."))
    return _see("")


def find_meant_story(said: str) -> Story | None:
    """The published story that a number or an address of ours means."""
    if said.isascii() and said.isdigit() and len(said) <= LONGEST_ID:
        story_id: int | None = int(said)
    else:
        try:
            parts = urlsplit(said)
        except ValueError:
            return None
        ours = urlsplit(settings.PLANT.origin).netloc
        story_id = find_story_id(parts.path) if parts.netloc in {"", ours} else None
    if story_id is None:
        return None
    stories = Story.objects.defer("body").select_related("section")
    return stories.filter(pk=story_id, live=True).first()


def _find_refusal(said: str, story: Story | None, quota: Any) -> Refusal | None:
    if not quota.quota:
        return Refusal.NO_GIFTS
    if story is None:
        return Refusal.NOT_PUBLISHED if said else None
    return find_why_not_given(story, quota)


def _see(query: str) -> HttpResponseRedirect:
    response = redirect(reverse("reader:gifts") + query)
    response.status_code = 303
    return response
