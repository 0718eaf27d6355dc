"""What the pages of plans have in common: who may see them, and how a plan is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from broadsheet.apps.plans.models import Plan, Price
from broadsheet.apps.plans.queries import (
    IncludedBenefit,
    Offer,
    say_introduction,
    say_rhythm,
    say_term,
)
from broadsheet.apps.subscriptions.queries import PlanStanding
from broadsheet.domain.billing_calendar import TermLength
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import per_month
from broadsheet.plumbing.formatting import format_date, format_money, format_number
from broadsheet.web.desk.views.permission import RoleRequiredMixin


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One plan as the desk tells it."""

    plan: Plan
    sentence: SafeString
    held: str
    coming: tuple[str, ...]


class PlansPage(RoleRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """A page of the desk, refused to whoever lacks ``permission``."""

    permission = "plans.view_plan"
    page_title = gettext_lazy("Plans and prices")
    header_icon = "tag"


def tell_plan(plan: Plan, standing: PlanStanding | None, now: datetime) -> PlanLine:
    """A plan in sentences; wants ``prices`` and ``benefits`` prefetched."""
    prices = sorted(plan.prices.all(), key=lambda price: (price.currency, price.starts_at))
    current = [price for price in prices if price.as_dated_price().holds_at(now)]
    coming = [price for price in prices if price.starts_at > now]
    costs = [say_price(price, plan.term_length) for price in current]
    opened = [benefit.name for benefit in plan.benefits.all()]
    sentence = format_html(
        "<b>{}</b> {} {}{}",
        plan.name,
        _("costs %(price)s and opens") % {"price": get_text_list(costs, _("or"))}
        if costs
        else _("has no price yet; it is for %(term)s and opens")
        % {"term": say_term(plan.term_length)},
        get_text_list(opened, _("and")) if opened else _("nothing"),
        _(", with %(count)s stories to give away each month.")
        % {"count": format_number(plan.gifts_per_month)}
        if plan.gifts_per_month
        else ".",
    )
    said = tuple(
        _("From %(on)s: %(price)s.")
        % {"on": format_date(price.starts_at), "price": say_price(price, plan.term_length)}
        for price in coming
    )
    return PlanLine(plan, sentence, _say_held(standing), said)


def say_price(price: Price, length: TermLength) -> str:
    """``₹900 every 3 months (First 7 days free)``."""
    amount = say_money(price.amount)
    offer = sketch(price.amount, length, steps=price.read_steps())
    first = say_introduction(offer)
    said = f"{amount} {say_rhythm(length)}"
    return f"{said} ({first[0].lower() + first[1:]})" if first else said


def say_money(amount: Money) -> str:
    return format_money(amount.minor, amount.currency)


def sketch(amount: Money, length: TermLength, **more: object) -> Offer:
    """An offer that is not kept: what its card would show."""
    shown: dict[str, object] = {"code": "", "name": "", "benefits": (), "price_id": 0, **more}
    return Offer(
        length=length,
        term=say_term(length),
        price=amount,
        per_month=per_month(amount, length),
        **shown,  # type: ignore[arg-type]
    )


def list_included(plan: Plan) -> tuple[IncludedBenefit, ...]:
    return tuple(IncludedBenefit(b.code, b.name, b.sentence) for b in plan.benefits.all())


def _say_held(standing: PlanStanding | None) -> str:
    if standing is None or not standing.running:
        return _("Nobody holds it.")
    said = ngettext("%(count)s reader holds it", "%(count)s readers hold it", standing.running)
    more = []
    if standing.ending:
        more.append(_("%(count)s ending") % {"count": format_number(standing.ending)})
    if standing.unpaid:
        more.append(_("%(count)s unpaid") % {"count": format_number(standing.unpaid)})
    told = said % {"count": format_number(standing.running)}
    return f"{told}: {', '.join(more)}." if more else f"{told}."
