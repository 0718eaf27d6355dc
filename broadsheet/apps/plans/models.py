"""What is sold, and its dated amounts."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from broadsheet.apps.benefits.models import Benefit
from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import DatedPrice
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
    """What a plan costs from ``starts_at`` up to, and without, ``ends_at``; readers keep theirs."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="prices")
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
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

    def as_dated_price(self) -> DatedPrice:
        return DatedPrice(self.amount, self.starts_at, self.ends_at)
