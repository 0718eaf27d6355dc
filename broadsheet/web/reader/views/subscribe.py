"""The offer page: what a subscription is, what it costs, what it includes."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import strip_tags
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from wagtail.rich_text import expand_db_html

from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.meter.queries import get_policy_in_force
from broadsheet.apps.newsroom.queries import find_house_page
from broadsheet.apps.plans.queries import (
    IncludedBenefit,
    Offer,
    list_currencies,
    list_offers,
    read_currency,
)
from broadsheet.domain.meter import AD_FREE, PREMIUM, UNLIMITED, WindowKind
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.formatting import format_number
from broadsheet.web.reader.context import OFFER_PAGE
from broadsheet.web.reader.wall import choose_offer

QUESTION = re.compile(r"<h[23][^>]*>(.*?)</h[23]>(.*?)(?=<h[23]|$)", re.DOTALL)


@require_safe
@gzip_page
def offer(request: HttpRequest) -> HttpResponse:
    """Its words are the house page ``subscribe``: title, standfirst, picture, and questions."""
    currency = read_currency(request.GET.get("currency", ""), now())
    offers = list_offers(now(), currency)
    words = find_house_page(OFFER_PAGE)
    wanted = request.GET.get("plan", "")
    chosen = wanted if wanted in {o.code for o in offers} else choose_offer(offers)
    monthly = [o.per_month for o in offers]
    shown = {
        "words": words,
        "questions": read_questions(words.body) if words else [],
        "offers": offers,
        "included": included_in(offers),
        "chosen": chosen,
        "has_rounded": any(o.is_rounded for o in offers),
        "cheapest": min(monthly, key=lambda m: m.minor, default=None),
        "dearest": max(monthly, key=lambda m: m.minor, default=None),
        "years": now().year - settings.PAPER.founded,
        "rows": compare(offers),
        "back": read_back(request),
        "currency": currency,
        "currencies": list_currencies(now()),
    }
    return render(request, "reader/subscribe.html", shown)


def compare(offers: tuple[Offer, ...]) -> list[tuple[str, str, str]]:
    """With and without a subscription: only what the paper's rules and plans make true."""
    opened = {benefit.code for benefit in included_in(offers)}
    policy = get_policy_in_force(now())
    rows = []
    if UNLIMITED in opened and policy:
        said = _("%(few)s, or %(more)s with an account") % {
            "few": format_number(policy.anonymous_allowance),
            "more": format_number(policy.registered_allowance),
        }
        rows.append((_say_stories(policy), said, _("All")))
    rows.append((_("News of public safety"), _("Yes"), _("Yes")))
    if PREMIUM in opened:
        rows.append((_("Premium stories"), _("The opening"), _("All")))
    if AD_FREE in opened:
        rows.append((_("Advertisements"), _("Yes"), _("None")))
    gifts = sorted({plan.gifts_per_month for plan in offers})
    if gifts and gifts[-1]:
        rows.append((_("Stories to give away a month"), _("None"), _say_span(gifts[0], gifts[-1])))
    return rows


def included_in(offers: tuple[Offer, ...]) -> list[IncludedBenefit]:
    """What any of the plans opens, each once, in the offers' order."""
    found: dict[str, IncludedBenefit] = {}
    for plan in offers:
        for benefit in plan.benefits:
            found.setdefault(benefit.code, benefit)
    return list(found.values())


def _say_stories(policy: MeterPolicy) -> str:
    if policy.window == WindowKind.WEEK:
        return _("Stories a week")
    if policy.window == WindowKind.ROLLING_DAYS:
        said = ngettext("Stories a day", "Stories in any %(days)s days", policy.days)
        return said % {"days": format_number(policy.days)}
    return _("Stories a month")


def _say_span(least: int, most: int) -> str:
    if least == most:
        return format_number(most)
    said = {"least": format_number(least), "most": format_number(most)}
    return _("%(least)s to %(most)s, by plan") % said


def read_questions(body: str) -> list[dict[str, Any]]:
    """The house page's text as questions (its headings) and answers."""
    html = expand_db_html(body)
    return [
        {"ask": strip_tags(ask), "answer": mark_safe(answer.strip())}  # noqa: S308 — Wagtail's own
        for ask, answer in QUESTION.findall(html)
    ]


def read_back(request: HttpRequest) -> str:
    """The story to return to after the purchase; only an address of our own."""
    back = request.GET.get("next", "")
    allowed = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if allowed and back.startswith("/") else ""
