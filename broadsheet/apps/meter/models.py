"""The meter's dated rules, and the sessions whose passes no longer count."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2s
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from broadsheet.domain.meter import WindowKind
from broadsheet.domain.meter_message import LONGEST, WrongMessage, check_message
from broadsheet.domain.reason_code import POLICY
from broadsheet.protocol.snapshot import DatedPolicy

MOST = 100


class MeterPolicyQuerySet(models.QuerySet["MeterPolicy"]):
    def in_force(self, now: datetime) -> MeterPolicyQuerySet:
        """The policy of ``now``: at most one, for policies tile."""
        return self.filter(starts_at__lte=now).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))

    def in_force_or_coming(self, now: datetime) -> MeterPolicyQuerySet:
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now)).order_by("starts_at")


class MeterPolicy(models.Model):
    """How many metered stories may be opened, from ``starts_at`` up to, and without, ``ends_at``."""

    code = models.CharField(
        _("code"),
        max_length=8,
        unique=True,
        validators=[RegexValidator(rf"^{POLICY.pattern}$", _("A letter, then letters or digits."))],
        help_text=_("Short, as in M5: every stopped reader’s code names it."),
    )
    anonymous_allowance = models.PositiveSmallIntegerField(
        _("free stories without an account"), validators=[MaxValueValidator(MOST)]
    )
    registered_allowance = models.PositiveSmallIntegerField(
        _("free stories with an account"), validators=[MaxValueValidator(MOST)]
    )
    window = models.CharField(
        _("window"),
        max_length=20,
        choices=[(WindowKind.CALENDAR_MONTH.value, _("a calendar month"))],
        default=WindowKind.CALENDAR_MONTH.value,
    )
    message = models.TextField(
        _("message"),
        max_length=LONGEST,
        help_text=_(
            "What a stopped reader is told. You may use {{free_limit}}, {{used}}, {{remaining}} "
            "and {{resets_on}}."
        ),
    )
    starts_at = models.DateTimeField(_("from"), unique=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = MeterPolicyQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_at",)
        verbose_name = _("meter policy")
        verbose_name_plural = _("meter policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(anonymous_allowance__lte=F("registered_allowance"))
                & Q(registered_allowance__lte=MOST),
                name="an_account_never_gives_less",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="a_policy_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["window"],
                condition=Q(ends_at__isnull=True),
                name="one_standing_policy",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        problems: dict[str, Any] = {}
        try:
            check_message(self.message)
        except WrongMessage as error:
            problems["message"] = str(error)
        if None not in {self.anonymous_allowance, self.registered_allowance} and (
            self.anonymous_allowance > self.registered_allowance
        ):
            problems["registered_allowance"] = _("An account may not give fewer stories than none.")
        if problems:
            raise ValidationError(problems)

    @property
    def message_version(self) -> str:
        """Changes when the message is reworded, so that pages with the old words are not served."""
        return blake2s(self.message.encode(), digest_size=4).hexdigest()

    def as_dated_policy(self) -> DatedPolicy:
        return DatedPolicy(
            code=self.code,
            anonymous_allowance=self.anonymous_allowance,
            registered_allowance=self.registered_allowance,
            window=WindowKind(self.window),
            message_version=self.message_version,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )


class RevokedSession(models.Model):
    """A session signed out, kept until its last pass has expired by itself."""

    session = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.session
