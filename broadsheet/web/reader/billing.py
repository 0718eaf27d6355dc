"""Where a reader lives and whom invoices are made out to: one form, at the checkout and alone.

A paper without a tax number asks nothing of this before a sale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from babel import Locale
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.invoicing.actions import CannotBill, put_billing_details
from broadsheet.apps.invoicing.models import BillingDetails
from broadsheet.apps.invoicing.queries import (
    asks_for_place,
    asks_for_state,
    find_billing_details,
)
from broadsheet.domain.gstin import STATES, state_of
from broadsheet.domain.tax import INDIA
from broadsheet.plumbing.clock import now

PREFIX = "billing"
# CLDR names these too, and nobody lives there.
NO_COUNTRIES = frozenset(
    {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "IC", "TA"}
)
LONGEST_CODE = 2


class BillingForm(forms.Form):
    """The shape of it; what may stand on an invoice is for ``put_billing_details`` to say."""

    place = forms.ChoiceField(
        label=_("Where you live"),
        error_messages={
            "required": _("Please choose where you live."),
            "invalid_choice": _("Please choose where you live."),
        },
    )
    name = forms.CharField(label=_("Name on the invoice"), required=False, max_length=120)
    gstin = forms.CharField(label=_("GSTIN, if you have one"), required=False, max_length=20)
    address = forms.CharField(label=_("Address"), required=False, max_length=300)
    language = forms.ChoiceField(label=_("Language of invoices"), required=False)

    def __init__(
        self, sent: Mapping[str, Any] | None = None, *, initial: dict[str, str] | None = None
    ) -> None:
        super().__init__(sent, initial=initial, prefix=PREFIX)
        self.fields["place"].choices = _list_places()  # type: ignore[attr-defined]
        self.fields["language"].choices = [("", _("As the paper’s")), *settings.LANGUAGES]  # type: ignore[attr-defined]
        for name, filled_in in (("name", "billing name"), ("address", "street-address")):
            self.fields[name].widget.attrs["autocomplete"] = filled_in
        if not asks_for_state():
            del self.fields["gstin"]
        for name in self.errors:
            self.fields[name].widget.attrs |= {"aria-invalid": "true"}

    @property
    def is_filled(self) -> bool:
        """Whether more than the place is said or wrong, so that it must not be folded away."""
        names = [name for name in self.fields if name != "place"]
        return any(self[name].value() or self[name].errors for name in names)


def show_billing(reader: Reader | None) -> BillingForm | None:
    """The checkout's form with what the reader said last; ``None`` where nothing is asked."""
    if reader is None or not asks_for_place():
        return None
    return BillingForm(initial=find_initial(reader))


def keep_billing(request: HttpRequest, reader: Reader) -> BillingForm | None:
    """Keep what was sent; ``None`` when that is done or not asked for, else the form to show again."""
    return save_billing(request, reader) if asks_for_place() else None


def save_billing(request: HttpRequest, reader: Reader) -> BillingForm | None:
    """The same wherever the paper is."""
    form = BillingForm(request.POST)
    if not form.is_valid():
        return form
    said = dict(form.cleaned_data)
    country, _dash, state = said.pop("place").partition("-")
    try:
        put_billing_details(
            reader_id=reader.pk,
            country=country,
            state=state,
            actor=f"reader:{reader.pk}",
            now=now(),
            **said,
        )
    except CannotBill as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return form
    return None


def find_initial(reader: Reader) -> dict[str, str]:
    """What stands, or for who said nothing the paper's own State, which is also the law's answer."""
    standing = find_billing_details(reader.pk)
    if standing is None:
        paper = settings.PAPER
        state = f"-{state_of(paper.tax_number)}" if asks_for_state() else ""
        return {"place": paper.legal_country + state}
    return {"place": _place_of(standing), **_own_words(standing)}


def _own_words(standing: BillingDetails) -> dict[str, str]:
    return {name: getattr(standing, name) for name in ("name", "gstin", "address", "language")}


def _place_of(standing: BillingDetails) -> str:
    return f"{standing.country}-{standing.state}".strip("-")


def _list_places() -> list[Any]:
    """India's States first where the paper is Indian, then all countries by name."""
    countries = _list_countries()
    if settings.PAPER.legal_country != INDIA:
        return list(countries)
    states = [(f"{INDIA}-{code}", name) for code, name in STATES.items()]
    elsewhere = [pair for pair in countries if pair[0] != INDIA]
    return [(_("India"), states), (_("Elsewhere"), elsewhere)]


def _list_countries() -> Iterable[tuple[str, str]]:
    spoken = (translation.get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    names = Locale.parse(spoken).territories
    found = [
        (code, name)
        for code, name in names.items()
        if len(code) == LONGEST_CODE and code.isalpha() and code not in NO_COUNTRIES
    ]
    return sorted(found, key=lambda pair: pair[1])
