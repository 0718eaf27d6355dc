"""Seats, and the two ways to one: an invitation, or an address of the organisation's own."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.licences.models.licence import Licence


class Seat(models.Model):
    """One reader's place in a licence, from when to when; what it gives is granted by ``source``."""

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="seat_rows")
    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="seats")
    by = models.CharField(max_length=320)
    """The invited address, or ``@domain``."""
    taken_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["licence", "reader"],
                condition=Q(left_at__isnull=True),
                name="one_seat_a_reader_and_licence",
            )
        ]
        indexes = [models.Index(fields=["reader"], name="seats_of_a_reader")]

    def __str__(self) -> str:
        return f"seat {self.pk}"

    @property
    def source(self) -> str:
        return name_source(self.pk)


class Invite(models.Model):
    """An invitation to a seat, good once. Of the link only its hash is kept."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="invites")
    email = models.EmailField(max_length=254)
    salt = models.CharField(max_length=32)
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="an_invite_lives_a_while"
            ),
            models.UniqueConstraint(
                fields=["licence", "email"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="one_open_invite_an_address",
            ),
        ]

    def __str__(self) -> str:
        return f"invite {self.pk}"


class AddressClaim(models.Model):
    """An address of an organisation that a reader says is theirs, and the tries to show it.

    The code in the letter follows from ``salt`` and the plant's secret; only its hash is kept.
    """

    reader = models.OneToOneField(Reader, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)
    salt = models.CharField(max_length=32)
    code_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    letters = models.PositiveSmallIntegerField(default=1)
    letters_since = models.DateTimeField()

    def __str__(self) -> str:
        return f"claim {self.pk}"


def name_source(seat_id: int) -> str:
    """By what a seat's benefits are granted."""
    return f"licences.seat:{seat_id}"
