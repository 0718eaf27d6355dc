"""What is sold, its dated amounts, and the codes that unlock a lower one."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.benefits.models import Benefit
from broadsheet.apps.payments.models import Order
from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.coupon import LONGEST_CODE, WHOLE, Agreed, Reduction
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import DatedPrice, Step, read_steps
from broadsheet.plumbing.purging.declaring import EVERY_PAGE, purges

MOST_GIFTS = 1000
TERM_UNITS = [
    (TermUnit.DAY.value, _("days")),
    (TermUnit.WEEK.value, _("weeks")),
    (TermUnit.MONTH.value, _("months")),
    (TermUnit.YEAR.value, _("years")),
]


@purges(EVERY_PAGE)
class Plan(models.Model):
    """Something to subscribe to: a term, and the benefits it opens."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=80)
    term_count = models.PositiveSmallIntegerField(
        _("length of a term"), validators=[MinValueValidator(1)]
    )
    term_unit = models.CharField(
        _("counted in"), max_length=5, choices=TERM_UNITS, default=TermUnit.MONTH.value
    )
    benefits = models.ManyToManyField(Benefit, related_name="plans", verbose_name=_("benefits"))
    gifts_per_month = models.PositiveSmallIntegerField(
        _("stories to give away each month"), default=0, validators=[MaxValueValidator(MOST_GIFTS)]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("on offer"), default=True)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.CheckConstraint(condition=Q(term_count__gte=1), name="a_term_has_a_length"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def term_length(self) -> TermLength:
        return TermLength(self.term_count, TermUnit(self.term_unit))


@purges(EVERY_PAGE)
class Price(models.Model):
    """What a plan costs from ``starts_at`` up to, and without, ``ends_at``; readers keep theirs.

    ``steps`` are the introductory terms before ``amount`` (``domain.pricing.write_steps``);
    ``parts`` what the amount is made of, as ``payments.Order.parts``. A row is never edited.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="prices")
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    steps = models.JSONField(_("introductory terms"), default=list)
    parts = models.JSONField(_("parts"), default=list)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["plan", "-starts_at"]
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="a_price_is_more_than_nought"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="a_price_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["plan", "currency"],
                condition=Q(ends_at__isnull=True),
                name="one_standing_price_a_plan",
            ),
            models.UniqueConstraint(
                fields=["plan", "currency", "starts_at"], name="one_price_an_instant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.amount_minor} {self.currency}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    def read_steps(self) -> tuple[Step, ...]:
        return read_steps(self.steps, self.currency)

    def agree(self, length: TermLength, reduction: Reduction | None, *, steps: bool) -> Agreed:
        """What a reader who begins now would pay; ``steps`` says whether they may still begin low."""
        return Agreed(
            standing=self.amount,
            length=length,
            steps=self.read_steps() if steps else (),
            reduction=reduction,
            parts=self.parts,
        )

    def as_dated_price(self) -> DatedPrice:
        return DatedPrice(self.amount, self.starts_at, self.ends_at)


class Coupon(models.Model):
    """A code that takes something off: a ``share`` in basis points, or a fixed amount.

    ``terms`` is for how many terms, none for ever; ``limit`` how many readers may use it in all, and
    ``taken`` how many do or are just about to. Without plans it is for every plan. Its value is
    never edited; it is withdrawn, and another made.
    """

    code = models.CharField(_("code"), max_length=LONGEST_CODE, unique=True)
    share = models.PositiveSmallIntegerField(_("share in basis points"), default=0)
    amount_minor = models.BigIntegerField(_("amount in minor units"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    terms = models.PositiveSmallIntegerField(_("terms"), null=True)
    plans = models.ManyToManyField(Plan, related_name="coupons", blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True)
    limit = models.PositiveIntegerField(_("readers at most"), null=True)
    taken = models.PositiveIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.CheckConstraint(
                condition=Q(share__gte=1, share__lte=WHOLE, amount_minor__isnull=True)
                | Q(share=0, amount_minor__isnull=False, amount_minor__gt=0),
                name="a_coupon_takes_a_share_or_a_sum",
            ),
            models.CheckConstraint(
                condition=Q(terms__isnull=True) | Q(terms__gte=1), name="a_coupon_holds_for_a_term"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="a_coupon_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def reduction(self) -> Reduction:
        if self.amount_minor is None:
            return Reduction(share=self.share, terms=self.terms)
        return Reduction(amount=Money(self.amount_minor, self.currency), terms=self.terms)


class Redemption(models.Model):
    """One reader's use of one coupon: reserved with the order, used when it is paid, or released.

    ``order`` is empty where the first term costs nothing.
    """

    class State(models.TextChoices):
        RESERVED = "reserved"
        USED = "used"
        RELEASED = "released"

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="redemptions")
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="redemptions")
    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, null=True, related_name="redemption"
    )
    state = models.CharField(max_length=8, choices=State.choices)
    reserved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["coupon", "reader"],
                condition=Q(state__in=["reserved", "used"]),
                name="a_coupon_once_a_reader",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["reserved", "used", "released"]),
                name="redemption_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} by reader {self.reader_id} ({self.state})"


class CodeTries(models.Model):
    """Wrong codes of late by one reader or from one address, so that nobody can try them all."""

    who = models.CharField(max_length=80, unique=True)
    since = models.DateTimeField()
    wrong = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["since"], name="code_tries_by_age")]

    def __str__(self) -> str:
        return f"{self.who}: {self.wrong}"
