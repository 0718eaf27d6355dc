"""Letters of licences: handlers after commit, through the outbox."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from broadsheet.apps.licences.events import AddressClaimed, SeatOffered
from broadsheet.apps.licences.models import AddressClaim, Invite
from broadsheet.apps.licences.queries import derive_code, derive_token
from broadsheet.plumbing.formatting import format_date


def send_invite(event: SeatOffered, *, now: datetime) -> None:
    """The link to a seat; nothing if the invitation was used or taken back meanwhile."""
    del now
    invite = Invite.objects.select_related("licence").filter(pk=event.invite_id).first()
    if invite is None or invite.used_at is not None or invite.revoked_at is not None:
        return
    organisation = invite.licence.organisation
    _write(
        invite.email,
        "invite",
        _("%(organisation)s gives you %(paper)s")
        % {"organisation": organisation, "paper": settings.PAPER.name},
        organisation=organisation,
        url=f"{settings.PLANT.origin}/account/licence/{derive_token(invite)}/",
        until=format_date(invite.expires_at),
    )


def send_code(event: AddressClaimed, *, now: datetime) -> None:
    """The code that shows an address to be the reader's; nothing once it is over."""
    claim = AddressClaim.objects.filter(pk=event.claim_id).first()
    if claim is None or now >= claim.expires_at:
        return
    code = derive_code(claim)
    _write(claim.email, "code", _("Your code: %(code)s") % {"code": code}, code=code)


def _write(address: str, name: str, subject: str, **words: str) -> None:
    shown = {
        "paper": settings.PAPER.name,
        "help_mail": settings.PAPER.help_mail,
        "origin": settings.PLANT.origin,
        **words,
    }
    text = render_to_string(f"licences/letters/{name}.txt", shown)
    EmailMessage(
        subject=subject,
        body=text.strip() + "\n",
        to=[address],
        headers={"Auto-Submitted": "auto-generated"},
    ).send()
