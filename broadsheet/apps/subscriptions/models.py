"""The agreements, and the terms they are made of."""

from __future__ import annotations

import uuid
import zoneinfo

from django.db import models
from django.db.models import F, Q

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.models import Mandate, Order, Payment
from broadsheet.apps.plans.models import TERM_UNITS, Plan, Price
from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.coupon import Agreed, Reduction
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import read_steps
from broadsheet.domain.subscription import LIVE_STATES, State

_STATES = [(state.value, state.value) for state in State]
_KNOWN = sorted(state.value for state in State)
_LIVE = sorted(state.value for state in LIVE_STATES)


class Subscription(models.Model):
    """One reader's agreement: a plan at the price it was begun with, hung on an anchor day.

    Term ``seq`` starts at ``anchor_on + (seq − anchor_seq) × term_length``. ``zone`` is fixed at the
    start. ``due_at`` is when the runner should next look at it; ``tried_on`` is the day, as the
    runner reckons, of the last try to renew. ``next_plan`` at ``next_price`` begins with the next
    term. While ``frozen_at`` is set (a bank disputes a payment) nothing is renewed, ended or lapsed;
    while ``suspended_at`` is set nothing is held either.

    ``steps``, ``reduction`` and ``parts`` are what was agreed beside the standing amount, for the
    terms from number ``agreed_seq`` on; ``began_low`` says that there were steps, whatever came
    after. A dated change of price waits in ``coming_minor`` for the first term from ``coming_on``
    on, and holds once ``coming_agreed``.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="subscriptions")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    term_count = models.PositiveSmallIntegerField()
    term_unit = models.CharField(max_length=5, choices=TERM_UNITS, default=TermUnit.MONTH.value)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    steps = models.JSONField(default=list)
    began_low = models.BooleanField(default=False, db_default=False)
    reduction = models.JSONField(default=dict)
    parts = models.JSONField(default=list)
    agreed_seq = models.PositiveIntegerField(default=1, db_default=1)
    coming_minor = models.BigIntegerField(null=True)
    coming_price = models.ForeignKey(Price, on_delete=models.PROTECT, null=True, related_name="+")
    coming_on = models.DateField(null=True)
    coming_agreed = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=10, choices=_STATES, default=State.INCOMPLETE.value)
    zone = models.CharField(max_length=40)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, null=True, related_name="+")
    first_order = models.OneToOneField(
        Order, on_delete=models.PROTECT, null=True, related_name="begun_subscription"
    )
    anchor_on = models.DateField(null=True)
    anchor_seq = models.PositiveIntegerField(default=1)
    seq = models.PositiveIntegerField(default=0)
    ends_on = models.DateField(null=True)
    due_at = models.DateTimeField(null=True)
    tried_on = models.DateField(null=True)
    past_due_on = models.DateField(null=True)
    unsent = models.PositiveSmallIntegerField(default=0)
    cancelled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    stopped_for = models.CharField(max_length=20, blank=True, default="", db_default="")
    next_plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="+")
    next_price = models.ForeignKey(Price, on_delete=models.PROTECT, null=True, related_name="+")
    frozen_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    won_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    coming_minor__isnull=True, coming_price__isnull=True, coming_on__isnull=True
                )
                | Q(
                    coming_minor__isnull=False,
                    coming_minor__gt=0,
                    coming_price__isnull=False,
                    coming_on__isnull=False,
                ),
                name="a_coming_price_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(next_plan__isnull=True, next_price__isnull=True)
                | Q(next_plan__isnull=False, next_price__isnull=False),
                name="a_next_plan_has_its_price",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_KNOWN), name="subscription_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(term_count__gte=1), name="a_subscription_has_a_length"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_LIVE) | Q(ends_on__isnull=False, seq__gte=1),
                name="a_live_subscription_has_a_paid_term",
            ),
            models.UniqueConstraint(
                fields=["reader"],
                condition=Q(state__in=_LIVE),
                name="one_live_subscription_a_reader",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="subscriptions_due",
                condition=Q(state__in=_LIVE, due_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk} ({self.state})"

    @property
    def amount(self) -> Money:
        """What each term costs this reader."""
        return Money(self.amount_minor, self.currency)

    @property
    def term_length(self) -> TermLength:
        return TermLength(self.term_count, TermUnit(self.term_unit))

    @property
    def agreed(self) -> Agreed:
        """What its terms cost, counted from the term ``agreed_seq``; no coming change is in it."""
        return Agreed(
            standing=self.amount,
            length=self.term_length,
            steps=read_steps(self.steps, self.currency),
            reduction=Reduction.read(self.reduction),
            parts=self.parts,
        )

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def renews(self) -> bool:
        """Whether it goes on by itself at the term's end."""
        return self.is_live and self.cancelled_at is None and self.mandate_id is not None

    @property
    def zone_info(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.zone)

    def source_of(self, seq: int) -> str:
        """How other rooms name the term number ``seq``: in orders, grants and the audit trail."""
        return f"subscriptions.term:{self.uid}/{seq}"


class Term(models.Model):
    """One period, paid or to be paid: ``[starts_on, ends_on)`` in the agreement's zone.

    One that is *given* (a free trial, a coupon for all of it, a gift) has no order: none is ever of
    nought. ``plan`` at ``price`` is set where another plan begins with this term. ``was_to_end_on`` is the
    end that was paid for, where a switch, a withdrawal or a dispute cut it; ``credit_minor`` what an
    earlier term, so cut, brought along beside the payment. A pause moves the end and adds its days
    to ``paused_days``.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        PAID = "paid"
        GIVEN = "given"
        VOID = "void"

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="terms")
    seq = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    reanchors = models.BooleanField(default=False)
    state = models.CharField(max_length=7, choices=State.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, related_name="term")
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, null=True, related_name="term"
    )
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="+")
    price = models.ForeignKey(Price, on_delete=models.PROTECT, null=True, related_name="+")
    credit_minor = models.BigIntegerField(default=0, db_default=0)
    paused_days = models.PositiveSmallIntegerField(default=0, db_default=0)
    was_to_end_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "seq"], name="one_term_a_number"),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on"))
                | Q(ends_on=F("starts_on"), was_to_end_on__isnull=False),
                name="a_term_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(credit_minor__gte=0), name="a_credit_is_not_below_nought"
            ),
            models.CheckConstraint(
                condition=Q(state="paid", payment__isnull=False)
                | (~Q(state="paid") & Q(payment__isnull=True)),
                name="a_paid_term_has_its_payment",
            ),
            models.CheckConstraint(
                condition=Q(state="given", order__isnull=True, amount_minor=0)
                | (~Q(state="given") & Q(order__isnull=False)),
                name="a_term_has_an_order_or_is_given",
            ),
        ]

    def __str__(self) -> str:
        return f"term {self.seq} of subscription {self.subscription_id}"


class Pause(models.Model):
    """The days ``[starts_on, resumes_on)`` that a reader is away; ``frozen_days`` wait meanwhile.

    Until it is over, ``resumes_on`` is the day it ends by itself.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="pauses")
    starts_on = models.DateField()
    resumes_on = models.DateField()
    frozen_days = models.PositiveSmallIntegerField()
    paused_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(resumes_on__gte=F("starts_on")), name="a_pause_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(resumed_at__isnull=True),
                name="one_pause_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["resumes_on"],
                name="pauses_under_way",
                condition=Q(resumed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"pause of subscription {self.subscription_id} from {self.starts_on}"


class Switch(models.Model):
    """A change of plan that begins at once when its order is paid, and is nothing until then.

    Reckoned on the day ``on``: ``credit_minor`` is what the term under way was still worth then.
    """

    class State(models.TextChoices):
        OPEN = "open"
        MADE = "made"
        VOID = "void"

    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="switches"
    )
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="switch")
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    on = models.DateField()
    credit_minor = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(state="open"),
                name="one_switch_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(credit_minor__gte=0), name="a_switch_gives_no_less_than_nought"
            ),
        ]

    def __str__(self) -> str:
        return f"switch of subscription {self.subscription_id} to plan {self.plan_id}"


class Continuation(models.Model):
    """An order for the term number ``seq`` that a reader pays ahead, by hand, where none renews.

    After a free start or a gift there is no mandate; this payment brings one.
    """

    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="continuations"
    )
    seq = models.PositiveIntegerField()
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="continuation")

    def __str__(self) -> str:
        return f"order {self.order_id} for term {self.seq} of subscription {self.subscription_id}"


class PriceChange(models.Model):
    """A new price for those who have the plan: told from ``notice_on``, for terms from ``starts_on``.

    Who is told only later keeps the old price so much longer. ``told_at`` is when the last was told.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="price_changes")
    price = models.OneToOneField(Price, on_delete=models.PROTECT, related_name="change")
    notice_on = models.DateField()
    starts_on = models.DateField()
    actor = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__gt=F("notice_on")), name="a_change_is_told_before_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"price change of plan {self.plan_id} from {self.starts_on}"


class GiftSubscription(models.Model):
    """A term bought for somebody else. Of its code the hash alone is kept.

    It is open for ever: nothing that was paid for runs out unused.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    giver = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="given_subscriptions")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="gift")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    term_count = models.PositiveSmallIntegerField()
    term_unit = models.CharField(max_length=5, choices=TERM_UNITS)
    from_name = models.CharField(max_length=60)
    to_name = models.CharField(max_length=60)
    to_email = models.EmailField()
    note = models.CharField(max_length=500, blank=True)
    send_on = models.DateField()
    code_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    redeemed_at = models.DateTimeField(null=True)
    redeemed_by = models.ForeignKey(
        Reader, on_delete=models.PROTECT, null=True, related_name="gifts_redeemed"
    )
    term = models.OneToOneField(Term, on_delete=models.PROTECT, null=True, related_name="gift")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(redeemed_at__isnull=True, redeemed_by__isnull=True, term__isnull=True)
                | Q(redeemed_at__isnull=False, redeemed_by__isnull=False, term__isnull=False),
                name="a_redeemed_gift_has_its_term",
            ),
        ]
        indexes = [
            models.Index(
                fields=["send_on"],
                name="gifts_to_send",
                condition=Q(paid_at__isnull=False, sent_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"gift {self.pk} for {self.to_name}"

    @property
    def term_length(self) -> TermLength:
        return TermLength(self.term_count, TermUnit(self.term_unit))


class Notice(models.Model):
    """A letter that goes out once for a term: told before its charge, or before a card's last day."""

    class Kind(models.TextChoices):
        EARLY = "early"
        BEFORE = "before"
        MANDATE_ENDS = "mandate_ends"

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="notices")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "seq", "kind"], name="one_notice_a_term_and_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of term {self.seq} of subscription {self.subscription_id}"


class RenewalDay(models.Model):
    """What was due as a day began, and what was planned on it: more is a fault, and stops."""

    day = models.DateField(unique=True)
    forecast = models.PositiveIntegerField()
    planned = models.PositiveIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"renewals of {self.day}"


class LetterText(models.Model):
    """The publisher's own words for one letter, in place of those it came with."""

    name = models.CharField(max_length=40, unique=True)
    subject = models.CharField(max_length=120, blank=True)
    body = models.TextField(max_length=6000)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=254)

    def __str__(self) -> str:
        return self.name
