"""Who sells, at what rates, and who buys. Rows that an invoice names are never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from broadsheet.apps.accounts.models import Reader
from broadsheet.domain.tax import MOST_RATE_BP, Place, TaxRate


class Registration(models.Model):
    """The seller as it was from ``since_at`` on, until the next row. Append-only."""

    legal_name = models.CharField(max_length=200)
    legal_address = models.CharField(max_length=500, blank=True)
    country = models.CharField(max_length=2)
    state = models.CharField(max_length=2, blank=True)
    tax_number = models.CharField(max_length=20, blank=True)
    since_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.legal_name} {self.tax_number}".strip()

    @property
    def place(self) -> Place:
        return Place(self.country, self.state)


class TaxRateRow(models.Model):
    """What one class of things is taxed at in one country, from ``starts_on``, without ``ends_on``.

    ``rate_bp`` is in hundredths of a per cent; ``code`` is the HSN or SAC.
    """

    country = models.CharField(max_length=2)
    tax_class = models.SlugField(max_length=30)
    rate_bp = models.PositiveIntegerField()
    code = models.CharField(max_length=8, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        ordering = ["country", "tax_class", "-starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "tax_class", "starts_on"], name="one_tax_rate_a_day"
            ),
            models.UniqueConstraint(
                fields=["country", "tax_class"],
                condition=Q(ends_on__isnull=True),
                name="one_standing_tax_rate",
            ),
            models.CheckConstraint(
                condition=Q(rate_bp__lte=MOST_RATE_BP), name="a_tax_rate_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="a_tax_rate_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.tax_class} {self.rate_bp} bp"

    def as_tax_rate(self) -> TaxRate:
        return TaxRate(
            self.country, self.tax_class, self.rate_bp, self.code, self.starts_on, self.ends_on
        )


class BillingDetails(models.Model):
    """What a reader said of themselves for invoices. A change is a new row; the old one stands.

    ``state`` is the two digits of an Indian State, ``name`` and ``address`` what an invoice is made
    out to, ``language`` what it is written in (empty: the paper's).
    """

    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="billing_details")
    country = models.CharField(max_length=2)
    state = models.CharField(max_length=2, blank=True)
    gstin = models.CharField(max_length=15, blank=True)
    name = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=10, blank=True)
    written_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reader"],
                condition=Q(superseded_at__isnull=True),
                name="one_standing_billing_details_a_reader",
            ),
            models.CheckConstraint(
                condition=Q(gstin="") | Q(country="IN"), name="a_gstin_is_indian"
            ),
        ]

    def __str__(self) -> str:
        return f"reader {self.reader_id}: {self.country} {self.state}".strip()

    @property
    def place(self) -> Place:
        return Place(self.country, self.state)
