"""The meter's dated rules."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2s
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from broadsheet.domain.meter import MOST_DAYS, PolicyKind, WindowKind
from broadsheet.domain.meter_message import LONGEST, WrongMessage, check_message, find_names
from broadsheet.domain.policy_scope import HIGHEST_PRIORITY, PAPERS_OWN, Scope
from broadsheet.domain.reason_code import POLICY
from broadsheet.protocol.snapshot import DatedPolicy, read_scope

MOST = 100


KINDS = [
    (PolicyKind.METER.value, _("so many free stories, then the wall")),
    (PolicyKind.OPEN.value, _("free for everybody, not counted")),
    (PolicyKind.LOCKED.value, _("for subscribers only")),
    (PolicyKind.ACCOUNT.value, _("for readers with an account, not counted")),
]
SILENT_COUNTS = frozenset({PolicyKind.LOCKED.value, PolicyKind.ACCOUNT.value})
"""Kinds that stop readers and count nothing: their messages have no numbers to tell."""
WINDOWS = [
    (WindowKind.CALENDAR_MONTH.value, _("a calendar month")),
    (WindowKind.WEEK.value, _("a week from Monday")),
    (WindowKind.ROLLING_DAYS.value, _("the last days")),
]


class MeterPolicyQuerySet(models.QuerySet["MeterPolicy"]):
    def own(self) -> MeterPolicyQuerySet:
        """The paper's own meter: policies that tile, one at any time."""
        return self.filter(priority=PAPERS_OWN)

    def special(self) -> MeterPolicyQuerySet:
        """Policies that rule a part of the stories or readers, before the paper's own."""
        return self.exclude(priority=PAPERS_OWN)

    def in_force(self, now: datetime) -> MeterPolicyQuerySet:
        return self.filter(starts_at__lte=now).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))

    def in_force_or_coming(self, now: datetime) -> MeterPolicyQuerySet:
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now)).order_by(
            "starts_at", "code"
        )


class MeterPolicy(models.Model):
    """What may be opened of the metered stories, from ``starts_at`` up to, and without, ``ends_at``.

    With priority 0 it is the paper's own meter; any other rules what its scope covers, before the
    paper's own, the highest priority first.
    """

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
    name = models.CharField(
        _("name"), max_length=80, blank=True, help_text=_("For the desk only, as in “Sport”.")
    )
    kind = models.CharField(
        _("what it does"), max_length=10, choices=KINDS, default=PolicyKind.METER.value
    )
    window = models.CharField(
        _("window"),
        max_length=20,
        choices=WINDOWS,
        default=WindowKind.CALENDAR_MONTH.value,
    )
    days = models.PositiveSmallIntegerField(
        _("days"),
        default=0,
        help_text=_("The length of a window of the last days."),
        validators=[MaxValueValidator(MOST_DAYS)],
    )
    account_first = models.BooleanField(
        _("an account first"),
        default=False,
        help_text=_("At the end of the allowance ask for an account; the plans come after."),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        default=PAPERS_OWN,
        validators=[MinValueValidator(0), MaxValueValidator(HIGHEST_PRIORITY)],
        help_text=_("Of the policies that cover a story the one with the highest rules."),
    )
    scope = models.JSONField(_("covers"), default=dict, blank=True)
    tally = models.CharField(
        _("count"),
        max_length=8,
        blank=True,
        help_text=_("Whose count it keeps; empty for the paper’s own."),
    )
    message = models.TextField(
        _("message"),
        max_length=LONGEST,
        help_text=_(
            "What a stopped reader is told. You may use {{free_limit}}, {{used}}, {{remaining}} "
            "and {{resets_on}}."
        ),
    )
    starts_at = models.DateTimeField(_("from"))
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
                fields=["priority"],
                condition=Q(ends_at__isnull=True, priority=PAPERS_OWN),
                name="one_standing_meter_of_the_paper",
            ),
            models.UniqueConstraint(
                fields=["starts_at"],
                condition=Q(priority=PAPERS_OWN),
                name="one_meter_of_the_paper_starts_at_once",
            ),
            models.CheckConstraint(
                condition=Q(window=WindowKind.ROLLING_DAYS.value, days__gte=1, days__lte=MOST_DAYS)
                | (~Q(window=WindowKind.ROLLING_DAYS.value) & Q(days=0)),
                name="days_go_with_a_rolling_window",
            ),
            models.CheckConstraint(
                condition=~Q(priority=PAPERS_OWN)
                | Q(scope={}, kind=PolicyKind.METER.value, tally=""),
                name="the_papers_own_meter_covers_everything",
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
        else:
            if self.kind in SILENT_COUNTS and (named := find_names(self.message)):
                problems["message"] = _(
                    "Nothing is counted under this policy, so {{%(name)s}} has no meaning. "
                    "Say it without."
                ) % {"name": named[0]}
        if self.kind == PolicyKind.METER:
            problems |= self._check_allowances()
        if self.window == WindowKind.ROLLING_DAYS and not 1 <= self.days <= MOST_DAYS:
            problems["days"] = _("Write how many days, 1 to %(most)s.") % {"most": MOST_DAYS}
        elif self.window != WindowKind.ROLLING_DAYS and self.days:
            problems["days"] = _("Only a window of the last days has a number of days.")
        if self.priority == PAPERS_OWN and self.kind != PolicyKind.METER:
            problems["kind"] = _("The paper’s own meter counts; give this policy a priority.")
        if problems:
            raise ValidationError(problems)

    def _check_allowances(self) -> dict[str, Any]:
        anonymous, registered = self.anonymous_allowance, self.registered_allowance
        if None in {anonymous, registered}:
            return {}
        if anonymous > registered:
            return {"registered_allowance": _("An account may not give fewer stories than none.")}
        if self.account_first and anonymous == registered:
            return {
                "account_first": _(
                    "An account would give no more stories than none: nobody would be helped by "
                    "being asked for one. Raise the allowance with an account."
                )
            }
        return {}

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
            kind=PolicyKind(self.kind),
            days=self.days,
            account_first=self.account_first,
            tally=self.tally,
            priority=self.priority,
            scope=self.read_scope(),
        )

    def read_scope(self) -> Scope:
        """What it covers. Raises ``ValueError`` for what this version does not know."""
        return read_scope(self.scope)
