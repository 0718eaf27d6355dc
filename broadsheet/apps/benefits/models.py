"""What a reader may hold, and who holds it from when to when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from broadsheet.apps.accounts.models import Reader
from broadsheet.domain.entitlement import Grant


class Benefit(models.Model):
    """Something holdable. What is not built yet has no row, and so is listed nowhere."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    sentence = models.CharField(_("in a plain sentence"), max_length=240)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("benefit")
        verbose_name_plural = _("benefits")

    def __str__(self) -> str:
        return self.name


class Entitlement(models.Model):
    """One reader's hold on one benefit: ``[starts_at, ends_at)``, cut short by ``revoked_at``."""

    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="entitlements")
    benefit = models.ForeignKey(Benefit, on_delete=models.PROTECT, related_name="entitlements")
    source = models.CharField(max_length=120)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "benefit"], name="one_grant_a_source"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="entitlement_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.benefit_id} of reader {self.reader_id}"

    def as_grant(self) -> Grant:
        """The domain's view; wants ``benefit`` joined."""
        return Grant(self.benefit.code, self.starts_at, self.ends_at, self.revoked_at)
