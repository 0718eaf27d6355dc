"""Seats: offered, taken, proved by an address, given back.

Whether a seat is left is decided by the statement that takes it, and the database holds it to that.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.accounts.queries import list_confirmed_addresses
from broadsheet.apps.benefits.actions import grant_entitlement, revoke_entitlement
from broadsheet.apps.licences.actions.keep_licence import CannotChange, hold_licence
from broadsheet.apps.licences.events import AddressClaimed, SeatOffered
from broadsheet.apps.licences.models import AddressClaim, Invite, Licence, Seat
from broadsheet.apps.licences.queries import (
    derive_code,
    derive_token,
    find_invite,
    find_licence_by_domain,
    hash_secret,
)
from broadsheet.apps.licences.queries.licences import SUBJECT
from broadsheet.apps.licences.queries.seats import MOST_TRIES
from broadsheet.domain.licence import read_addresses, read_domain_of
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce, announce_all

INVITE_LIFE = timedelta(days=21)
CODE_LIFE = timedelta(minutes=20)
LETTERS_AN_HOUR = 4


class CannotTake(ValueError):  # noqa: N818
    """There is no seat for this reader; the message says why and what may help."""


@transaction.atomic
def invite_readers(*, code: str, emails: str, actor: str, now: datetime) -> list[Invite]:
    """Offer a seat to each address; one that has an open invitation gets a fresh one.

    An invitation takes no seat until it is opened. Raises ``WrongLicence``, ``CannotChange``,
    ``Licence.DoesNotExist``.
    """
    licence = hold_licence(code, now)
    addresses = read_addresses(emails)
    if not licence.seats:
        raise CannotChange("This licence has no seats. Give it some before you invite.")
    open_ones = licence.invites.filter(used_at__isnull=True, revoked_at__isnull=True)
    open_ones.filter(email__in=addresses).update(revoked_at=now)
    invites = [_make_invite(licence, address, now) for address in addresses]
    Invite.objects.bulk_create(invites)
    record_deed(
        actor=actor,
        deed="invite_readers",
        subject=f"{SUBJECT}{licence.code}",
        now=now,
        invites=len(invites),
    )
    announce_all([SeatOffered(invite.pk) for invite in invites], now=now)
    return invites


@transaction.atomic
def revoke_invite(*, code: str, invite_id: int, actor: str, now: datetime) -> bool:
    """Take an open invitation back; whether there was one."""
    rows = Invite.objects.filter(pk=invite_id, licence__code=code, used_at__isnull=True)
    if not rows.filter(revoked_at__isnull=True).update(revoked_at=now):
        return False
    record_deed(
        actor=actor, deed="revoke_invite", subject=f"{SUBJECT}{code}", now=now, invite=invite_id
    )
    return True


@transaction.atomic
def accept_invite(*, token: str, reader_id: int, now: datetime) -> Seat:
    """Take the seat that an invitation offers; the link is spent. Raises ``CannotTake``.

    Opened again by the reader who took it, it is the same seat.
    """
    _lock_reader(reader_id)
    invite = find_invite(token)
    if invite is None:
        raise CannotTake("This invitation is not one of ours. Open the link of the letter whole.")
    held = _find_seat(invite.licence, reader_id)
    if held is not None:
        return held
    if invite.revoked_at is not None:
        raise CannotTake("This invitation was taken back, or a newer letter replaces it.")
    if invite.used_at is not None:
        raise CannotTake("This invitation has been used. Ask your organisation for another.")
    if now >= invite.expires_at:
        raise CannotTake("This invitation is over. Ask your organisation for another.")
    spent = Invite.objects.filter(pk=invite.pk, used_at__isnull=True, revoked_at__isnull=True)
    if not spent.update(used_at=now):
        raise CannotTake("This invitation has been used. Ask your organisation for another.")
    return _take(invite.licence, reader_id, by=invite.email, now=now)


@transaction.atomic
def claim_address(*, reader_id: int, email: str, now: datetime) -> Seat | None:
    """Take a seat by an address of an organisation.

    A confirmed one gives the seat at once; to any other a code is sent, and ``None`` returned.
    Raises ``CannotTake``.
    """
    _lock_reader(reader_id)
    address = email.strip().lower()
    domain = read_domain_of(address)
    if domain is None:
        raise CannotTake("This is no e-mail address. Write it as in you@example.edu.")
    licence = find_licence_by_domain(domain, now)
    if licence is None:
        raise CannotTake(
            f"No organisation reads with us by addresses at {domain}. Perhaps yours has another "
            "address for you; its library or office knows."
        )
    held = _find_seat(licence, reader_id)
    if held is not None:
        return held
    if address in list_confirmed_addresses(reader_id):
        return _take(licence, reader_id, by=f"@{domain}", now=now)
    if not licence.seats_left:
        raise _all_taken(licence)
    _send_code(reader_id, address, now)
    return None


def prove_address(*, reader_id: int, code: str, now: datetime) -> Seat:
    """Take the seat by the code of the letter, five tries at most. Raises ``CannotTake``."""
    seat, why = _prove(reader_id, code, now)
    if seat is None:
        raise CannotTake(why)
    return seat


@transaction.atomic
def leave_seat(*, seat_id: int, actor: str, now: datetime, reader_id: int | None = None) -> bool:
    """Give a seat back: its benefits end now and somebody else may take it; whether it was held.

    ``reader_id``, if given, must be the seat's.
    """
    rows = Seat.objects.filter(pk=seat_id, left_at__isnull=True)
    if reader_id is not None:
        rows = rows.filter(reader_id=reader_id)
    seat = rows.select_related("licence").first()
    if seat is None or not rows.update(left_at=now):
        return False
    Licence.objects.filter(pk=seat.licence_id, seats_taken__gt=0).update(
        seats_taken=F("seats_taken") - 1
    )
    revoke_entitlement(source=seat.source, now=now)
    record_deed(
        actor=actor,
        deed="leave_seat",
        subject=f"{SUBJECT}{seat.licence.code}",
        now=now,
        seat=seat_id,
    )
    return True


def _take(licence: Licence, reader_id: int, *, by: str, now: datetime) -> Seat:
    if licence.is_over(now):
        raise CannotTake(f"The licence of {licence.organisation} is over.")
    room = Licence.objects.filter(pk=licence.pk, seats_taken__lt=F("seats"), ended_at__isnull=True)
    if not room.update(seats_taken=F("seats_taken") + 1):
        raise _all_taken(licence)
    licence.refresh_from_db()
    seat = Seat.objects.create(licence=licence, reader_id=reader_id, by=by, taken_at=now)
    grant_entitlement(
        reader_id=reader_id,
        benefits=licence.benefits.values_list("code", flat=True),
        starts_at=max(now, licence.starts_at),
        ends_at=licence.ends_at,
        source=seat.source,
        now=now,
    )
    record_deed(
        actor=f"reader:{reader_id}",
        deed="take_seat",
        subject=f"{SUBJECT}{licence.code}",
        now=now,
        seat=seat.pk,
    )
    return seat


def _all_taken(licence: Licence) -> CannotTake:
    return CannotTake(
        f"All {licence.seats} seats of {licence.organisation} are taken. Ask there for one; "
        "somebody who reads no more can give theirs back."
    )


def _find_seat(licence: Licence, reader_id: int) -> Seat | None:
    return Seat.objects.filter(licence=licence, reader_id=reader_id, left_at__isnull=True).first()


def _lock_reader(reader_id: int) -> None:
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)


def _make_invite(licence: Licence, address: str, now: datetime) -> Invite:
    invite = Invite(
        licence=licence,
        email=address,
        salt=secrets.token_hex(16),
        made_at=now,
        expires_at=now + INVITE_LIFE,
    )
    invite.token_hash = hash_secret(derive_token(invite))
    return invite


def _send_code(reader_id: int, address: str, now: datetime) -> None:
    before = AddressClaim.objects.filter(reader_id=reader_id).first()
    letters, since = 1, now
    if before is not None and now - before.letters_since < timedelta(hours=1):
        letters, since = before.letters + 1, before.letters_since
        if letters > LETTERS_AN_HOUR:
            raise CannotTake("We have sent you several codes. Wait an hour, then ask for another.")
    claim = AddressClaim(
        pk=before.pk if before else None,
        reader_id=reader_id,
        email=address,
        salt=secrets.token_hex(16),
        made_at=now,
        expires_at=now + CODE_LIFE,
        letters=letters,
        letters_since=since,
    )
    claim.code_hash = hash_secret(derive_code(claim))
    claim.save()
    announce(AddressClaimed(claim.pk), now=now)


@transaction.atomic
def _prove(reader_id: int, code: str, now: datetime) -> tuple[Seat | None, str]:
    """The seat, or why not: the wrong try is kept, so nothing may be raised here."""
    _lock_reader(reader_id)
    claim = AddressClaim.objects.filter(reader_id=reader_id).first()
    if claim is None or now >= claim.expires_at or claim.tries >= MOST_TRIES:
        return None, "This code is over. Write your address again, and we send another."
    said = "".join(code.split())
    if not hmac.compare_digest(hash_secret(said), claim.code_hash):
        AddressClaim.objects.filter(pk=claim.pk).update(tries=F("tries") + 1)
        return None, "This is not the code of the letter. Copy its six digits again."
    licence = find_licence_by_domain(read_domain_of(claim.email) or "", now)
    if licence is None:
        return None, "The licence of your organisation is over."
    by = f"@{claim.email.rpartition('@')[2]}"
    try:
        with transaction.atomic():
            seat = _find_seat(licence, reader_id) or _take(licence, reader_id, by=by, now=now)
    except CannotTake as refused:
        return None, str(refused)
    claim.delete()
    return seat, ""
