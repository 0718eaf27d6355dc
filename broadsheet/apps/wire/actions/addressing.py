"""From a parsed item to what the newsroom takes in: section, origin, agency and access decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.text import slugify

from broadsheet.apps.newsroom.actions import IncomingCopy
from broadsheet.apps.wire.contract import CannotRead
from broadsheet.domain.story import AccessClass, Origin, is_agency_needed
from broadsheet.domain.wire_copy import Copy, Pubstatus
from broadsheet.protocol.addresses import RESERVED

FALLBACK_SECTION = "news"
LONGEST_SECTION = 60
UPDATE_FROM = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the publisher said for the whole import; an empty one leaves it to the items."""

    section: str = ""
    origin: str = ""
    access: str = ""
    agency: str = ""


def address(copy: Copy, terms: Terms, *, from_agencies: bool, now: datetime) -> IncomingCopy:
    """The item as the newsroom takes it in. Raises ``CannotRead`` with what is missing."""
    origin = _origin(copy, terms, from_agencies=from_agencies)
    agency = copy.agency or terms.agency
    if is_agency_needed(origin) and not agency:
        raise CannotRead(f"nothing says which agency it came from; origin {origin} needs one")
    if not is_agency_needed(origin):
        agency = ""
    name = terms.section or copy.section or FALLBACK_SECTION
    embargo = _embargo(copy, now)
    published = max(filter(None, (copy.published_at, embargo)), default=None)
    return IncomingCopy(
        feed=copy.feed,
        external_id=copy.external_id,
        headline=copy.headline,
        body=copy.body,
        section=name_section(name),
        section_name="" if name.islower() else name,
        kicker=copy.kicker,
        standfirst=copy.standfirst,
        slug=copy.slug,
        dateline=copy.dateline,
        authors=copy.byline,
        topics=copy.topics,
        origin=origin,
        agency=agency,
        access=_access(copy, terms),
        language=copy.language or settings.PAPER.locale.replace("_", "-"),
        published_at=published,
        updated_at=_updated(copy, published),
        embargo_until=embargo,
        held=copy.pubstatus is Pubstatus.WITHHELD,
    )


def name_section(name: str) -> str:
    """A section's address. Raises ``CannotRead`` for one that the site keeps for itself."""
    slug = slugify(name)[:LONGEST_SECTION].strip("-")
    if not slug:
        raise CannotRead(f"its section {name[:40]!r} makes no address; say one with --section")
    if slug in RESERVED:
        raise CannotRead(f"a section cannot stand at /{slug}/, which belongs to the site itself")
    return slug


def _origin(copy: Copy, terms: Terms, *, from_agencies: bool) -> Origin:
    said = terms.origin or copy.origin or (Origin.WIRE.value if from_agencies else "")
    if not said:
        raise CannotRead("nothing says where it came from; say it with --origin")
    try:
        return Origin(said)
    except ValueError:
        raise CannotRead(f"its origin is not one we know: {said[:40]!r}") from None


def _access(copy: Copy, terms: Terms) -> AccessClass:
    said = terms.access or copy.access or AccessClass.METERED.value
    try:
        return AccessClass(said)
    except ValueError:
        raise CannotRead(f"its access is not one we know: {said[:40]!r}") from None


def _embargo(copy: Copy, now: datetime) -> datetime | None:
    """An embargo is one as long as it lasts; a date of publication still to come is one too."""
    until = max(filter(None, (copy.embargoed_until, copy.published_at)), default=None)
    return until if until is not None and until > now else None


def _updated(copy: Copy, published: datetime | None) -> datetime | None:
    sent = copy.sent_at
    if sent is None or published is None or sent - published < UPDATE_FROM:
        return None
    return sent
