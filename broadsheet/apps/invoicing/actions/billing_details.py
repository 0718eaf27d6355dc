"""What a reader says of themselves for invoices."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.invoicing.models import BillingDetails
from broadsheet.domain.gstin import STATES, NotGstin, read_gstin, state_of
from broadsheet.domain.tax import INDIA
from broadsheet.plumbing.audit import record_deed

MOST_NAME, MOST_ADDRESS = 120, 300


class CannotBill(ValueError):  # noqa: N818
    """These details cannot stand on an invoice; ``field`` is the one to look at."""

    def __init__(self, field: str, says: str) -> None:
        super().__init__(says)
        self.field = field


@transaction.atomic
def put_billing_details(
    *,
    reader_id: int,
    country: str,
    state: str = "",
    gstin: str = "",
    name: str = "",
    address: str = "",
    language: str = "",
    actor: str,
    now: datetime,
) -> BillingDetails:
    """Remember where a reader is and whom invoices are made out to, from the next one on.

    Raises ``CannotBill``, and then what stood stands.
    """
    said = _checked(
        country=country, state=state, gstin=gstin, name=name, address=address, language=language
    )
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    standing = BillingDetails.objects.filter(reader_id=reader_id, superseded_at=None).first()
    if standing is not None:
        if all(getattr(standing, field) == what for field, what in said.items()):
            return standing
        BillingDetails.objects.filter(pk=standing.pk).update(superseded_at=now)
    made = BillingDetails.objects.create(reader_id=reader_id, written_at=now, **said)
    record_deed(
        actor=actor,
        deed="put_billing_details",
        subject=f"accounts.reader:{reader_id}",
        now=now,
        country=made.country,
        state=made.state,
        gstin=made.gstin,
    )
    return made


def _checked(
    *, country: str, state: str, gstin: str, name: str, address: str, language: str
) -> dict[str, str]:
    if not re.fullmatch("[A-Z]{2}", country):
        raise CannotBill("place", _("Please choose where you live."))
    # Abroad the country is enough; to a paper in India an Indian address is one State or another.
    if country != INDIA or (settings.PAPER.legal_country != INDIA and not state):
        state = ""
    elif state not in STATES:
        raise CannotBill("place", _("Please choose your State; the tax law asks for it."))
    name, address = _one_line(name), _one_line(address)
    if len(name) > MOST_NAME:
        raise CannotBill("name", _("A name of at most 120 characters, please."))
    if len(address) > MOST_ADDRESS:
        raise CannotBill("address", _("An address of at most 300 characters, please."))
    if language and language not in dict(settings.LANGUAGES):
        raise CannotBill("language", _("Please choose one of the languages."))
    return {
        "country": country,
        "state": state,
        "gstin": _checked_gstin(gstin, country, state, name),
        "name": name,
        "address": address,
        "language": language,
    }


def _checked_gstin(written: str, country: str, state: str, name: str) -> str:
    if not written.strip():
        return ""
    if country != INDIA or not state:
        raise CannotBill("gstin", _("A GSTIN goes with an address in India."))
    try:
        number = read_gstin(written)
    except NotGstin as error:
        raise CannotBill(
            "gstin", _("This is not a GSTIN. Please compare its 15 characters once more.")
        ) from error
    if state_of(number) != state:
        raise CannotBill(
            "gstin",
            _("This GSTIN was given in %(there)s, and you chose %(here)s.")
            % {"there": STATES[state_of(number)], "here": STATES[state]},
        )
    if not name:
        raise CannotBill("name", _("An invoice with a GSTIN needs the name it belongs to."))
    return number


def _one_line(written: str) -> str:
    """Single spaces, no control characters, one way of writing each letter."""
    text = unicodedata.normalize("NFC", written)
    plain = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    return " ".join(plain.split())
