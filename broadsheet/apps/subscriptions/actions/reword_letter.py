"""Put the publisher's own words in place of a letter's, or go back to those it came with."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.apps.subscriptions.models import LetterText
from broadsheet.apps.subscriptions.queries.letters import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    find_placeholders,
    get_letter,
)
from broadsheet.plumbing.audit import record_deed


class CannotReword(ValueError):  # noqa: N818
    """The text cannot be kept; the message tells the publisher what to change."""


@transaction.atomic
def reword_letter(*, name: str, subject: str, body: str, actor: str, now: datetime) -> None:
    """Keep the words for the letter ``name``. Raises ``CannotReword`` and ``NoSuchLetter``."""
    letter = get_letter(name)
    subject, body = subject.strip(), body.replace("\r\n", "\n").strip()
    if not body:
        raise CannotReword(
            _("A letter says something. To have the first words back, restore them.")
        )
    if len(body) > LONGEST_BODY or len(subject) > LONGEST_SUBJECT or "\n" in subject:
        raise CannotReword(
            _(
                "The subject is one line of at most %(subject)d characters, the letter at most %(body)d."
            )
            % {"subject": LONGEST_SUBJECT, "body": LONGEST_BODY}
        )
    try:
        used = find_placeholders(subject) | find_placeholders(body)
    except ValueError as error:
        raise CannotReword(str(error)) from error
    if unknown := sorted(used - set(letter.placeholders)):
        raise CannotReword(
            _("This letter knows no {{ %(unknown)s }}. It knows: %(known)s.")
            % {"unknown": unknown[0], "known": ", ".join(letter.placeholders)}
        )
    words = {"subject": subject, "body": body, "changed_at": now, "changed_by": actor}
    LetterText.objects.update_or_create(name=name, defaults=words)
    record_deed(actor=actor, deed="reword_letter", subject=f"subscriptions.letter:{name}", now=now)


@transaction.atomic
def restore_letter(*, name: str, actor: str, now: datetime) -> bool:
    """Go back to the words that the letter came with; ``False`` when it had no others."""
    gone, _by_model = LetterText.objects.filter(name=name).delete()
    if gone:
        record_deed(
            actor=actor, deed="restore_letter", subject=f"subscriptions.letter:{name}", now=now
        )
    return bool(gone)
