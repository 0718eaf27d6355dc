"""What may be done with a subscription under way: pause it, switch its plan, withdraw from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from broadsheet.apps.payments.queries import has_open_charge
from broadsheet.apps.plans.queries import Offer, list_offers
from broadsheet.apps.subscriptions.models import Pause, Subscription, Switch, Term
from broadsheet.domain.billing_calendar import Span, local_day
from broadsheet.domain.money import Money
from broadsheet.domain.pausing import begins_on, frozen_days, longest_pause
from broadsheet.domain.proration import PaidTerm, SwitchCost, allot, find_switch_cost
from broadsheet.domain.subscription import LIVE_STATES, State
from broadsheet.plumbing.paper import Paper


def find_under_way(reader_id: int) -> Subscription | None:
    """The reader's live subscription with its plan and mandate."""
    live = Subscription.objects.filter(reader_id=reader_id, state__in=LIVE_STATES)
    return live.select_related("plan", "mandate").first()


@dataclass(frozen=True, slots=True)
class PauseBounds:
    """What pausing now would mean. ``refusal`` says why it cannot be done, or is empty."""

    starts_on: date
    frozen_days: int
    longest: int
    """The most days away, by the paper's setting and the pauses of the last year."""
    refusal: str = ""


def find_pause_bounds(subscription: Subscription, now: datetime, most: int) -> PauseBounds:
    """The bounds of a pause; ``most`` is how many days of any year may be paused."""
    assert subscription.ends_on is not None
    starts_on = begins_on(local_day(now, subscription.zone_info))
    frozen = frozen_days(subscription.ends_on, starts_on)
    pauses = [
        Span(pause.starts_on, pause.resumes_on)
        for pause in Pause.objects.filter(
            subscription__reader_id=subscription.reader_id, resumes_on__gt=F("starts_on")
        )
    ]
    longest = longest_pause(pauses, starts_on, most)
    refusal = _refuse_pause(subscription, starts_on, frozen, longest)
    return PauseBounds(starts_on, max(0, frozen), longest, refusal)


@dataclass(frozen=True, slots=True)
class SwitchChoice:
    """Another plan: what it costs to begin it today, and whether it may wait for the term's end."""

    offer: Offer
    today: SwitchCost | None
    at_end: bool
    chosen: bool
    """It begins at the term's end already."""


def list_switch_choices(subscription: Subscription, now: datetime) -> tuple[SwitchChoice, ...]:
    """The other plans on offer; wants ``plan`` joined. Empty where nothing can be switched.

    A dearer plan may begin today for its price less what the term under way is still worth; any
    plan may begin with the next term, where there is one.
    """
    if refuse_switch(subscription):
        return ()
    today = local_day(now, subscription.zone_info)
    term = subscription.terms.select_related("payment").get(seq=subscription.seq)
    under_way = term.starts_on <= today < term.ends_on
    found = []
    for offer in list_offers(now, subscription.currency):
        if offer.code == subscription.plan.code:
            continue
        dearer = subscription.amount < offer.price
        cost = find_switch_cost(find_worth(term), offer.price, today)
        choice = SwitchChoice(
            offer=offer,
            today=cost if dearer and under_way else None,
            at_end=subscription.renews,
            chosen=subscription.next_price_id == offer.price_id,
        )
        if choice.today or choice.at_end:
            found.append(choice)
    return tuple(found)


def refuse_switch(subscription: Subscription) -> str:
    """Why no other plan can be chosen now; empty where one can."""
    if subscription.state != State.ACTIVE or subscription.frozen_at is not None:
        return _("The plan can be changed when the term is paid and no charge is open.")
    if subscription.cancelled_at is not None:
        return _("You have ended your subscription. Take that back first.")
    return ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What withdrawing now would mean. ``refusal`` says why it cannot be done, or is empty."""

    until: date | None
    """The last day on which it can be done."""
    refund: Money
    shares: tuple[tuple[int, Money], ...]
    """Payment → what of it is given back."""
    refusal: str = ""


def find_withdrawal(subscription: Subscription, now: datetime, paper: Paper) -> Withdrawal:
    """What a reader who withdraws within the legal days gets back, by the paper's rule.

    The days count from the day after the first payment. Each payment of this agreement is looked
    at, the newest first.
    """
    nothing = Money(0, subscription.currency)
    held = subscription.terms.filter(state=Term.State.PAID).select_related("payment")
    terms = list(held.order_by("-seq"))
    if not terms or terms[-1].payment is None or not paper.withdrawal_days:
        return Withdrawal(None, nothing, (), _("There is no payment to withdraw from."))
    zone = subscription.zone_info
    until = local_day(terms[-1].payment.settled_at, zone) + timedelta(days=paper.withdrawal_days)
    today = local_day(now, zone)
    payments = [term.payment for term in terms if term.payment is not None]
    left = [Money(one.amount_minor - one.refunded_minor, one.currency) for one in payments]
    whole = sum(left, nothing)
    wanted = whole
    if paper.withdrawal_refund == "unused":
        pause = subscription.pauses.filter(resumed_at__isnull=True).first()
        day = today if pause is None else min(today, pause.starts_on)
        ahead = (find_worth(term).credit_on(day) for term in terms if term.ends_on > term.starts_on)
        wanted = min(sum(ahead, nothing), whole, key=lambda money: money.minor)
    shares = zip((one.pk for one in payments), allot(wanted, left), strict=True)
    return Withdrawal(
        until=until,
        refund=wanted,
        shares=tuple((pk, share) for pk, share in shares if share),
        refusal=_refuse_withdrawal(subscription, today, until),
    )


def _refuse_withdrawal(subscription: Subscription, today: date, until: date) -> str:
    if today > until:
        return _("The days to withdraw in are over.")
    if not subscription.is_live or subscription.frozen_at is not None:
        return _("Please write to us: your bank and we must settle a payment first.")
    if has_charge_under_way(subscription):
        return _("A charge is under way at your bank. Please try again when we know of it.")
    return ""


def has_charge_under_way(subscription: Subscription) -> bool:
    """Whether money of this agreement may be moving just now."""
    planned = subscription.terms.filter(state=Term.State.PLANNED).values_list("order_id", flat=True)
    switches = subscription.switches.filter(state=Switch.State.OPEN)
    orders = [*planned, *switches.values_list("order_id", flat=True)]
    return any(has_open_charge(order_id) for order_id in orders if order_id is not None)


def find_worth(term: Term) -> PaidTerm:
    """A paid term with what it is worth: money not given back, and the credit it began with.

    Wants ``payment`` joined.
    """
    back = term.payment.refunded_minor if term.payment else 0
    worth = max(0, term.amount_minor + term.credit_minor - back)
    return PaidTerm(
        Span(term.starts_on, term.ends_on), Money(worth, term.currency), term.paused_days
    )


def _refuse_pause(subscription: Subscription, starts_on: date, frozen: int, longest: int) -> str:
    if subscription.state != State.ACTIVE or subscription.frozen_at is not None:
        return _("It can be paused when the term is paid and no charge is open.")
    if subscription.switches.filter(state=Switch.State.OPEN).exists():
        return _("A change of plan waits for your bank. It can be paused when that is settled.")
    if frozen < 1:
        return _("The term ends tonight, so no day is left to keep.")
    if subscription.terms.filter(seq=subscription.seq, starts_on__gte=starts_on).exists():
        return _("The next term is paid already. It can be paused from its first day.")
    if longest < 1:
        return _("You have paused for all the days that a year allows.")
    return ""
