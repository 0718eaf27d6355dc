"""The forms of a licence. They hold shapes only; what a licence may say is the action's to know."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from broadsheet.apps.benefits.queries import list_known_benefits
from broadsheet.apps.licences.models import Licence
from broadsheet.apps.plans.models import Plan
from broadsheet.domain.licence import LONGEST_NAME, MOST_REMEMBERED_DAYS, MOST_SEATS

NEEDED = {"required": _("This is needed.")}
LONGEST_TEXT = 200_000


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={**NEEDED, "invalid": _("Choose a day.")},
        **more,
    )


def _number(label: Any, most: int, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=most,
        error_messages={**NEEDED, "invalid": _("Write a whole number.")},
        **more,
    )


class NewLicenceForm(forms.Form):
    """Who reads, what, how many, from when to when."""

    organisation = forms.CharField(
        label=_("Organisation"), max_length=LONGEST_NAME, error_messages=NEEDED
    )
    contact = forms.EmailField(
        label=_("Contact’s e-mail address"),
        required=False,
        error_messages={"invalid": _("This is no e-mail address.")},
    )
    plan = forms.ChoiceField(label=_("Benefits of the plan"), required=False)
    benefits = forms.MultipleChoiceField(
        label=_("or these benefits"), required=False, widget=forms.CheckboxSelectMultiple
    )
    seats = _number(_("Seats"), MOST_SEATS, initial=0, help_text=_("0 for networks only."))
    starts_on = _day(_("Begins on"))
    ends_on = _day(_("Ends on"), help_text=_("The first day on which it holds no more."))
    remember_days = _number(
        _("Days a device is remembered off campus"),
        MOST_REMEMBERED_DAYS,
        initial=0,
        help_text=_("0: not at all."),
    )
    allows_private = forms.BooleanField(
        label=_("Private addresses are allowed (only for a paper served inside the organisation)"),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan, benefits = self.fields["plan"], self.fields["benefits"]
        assert isinstance(plan, forms.ChoiceField)
        assert isinstance(benefits, forms.MultipleChoiceField)
        rows = Plan.objects.filter(active=True).order_by("position", "pk")
        plan.choices = [("", _("none")), *((row.code, row.name) for row in rows)]
        benefits.choices = [(row.code, row.name) for row in list_known_benefits()]


class ChangeForm(forms.Form):
    """Seats, last day and memory of a licence that stands."""

    seats = _number(_("Seats"), MOST_SEATS)
    ends_on = _day(_("Ends on"))
    remember_days = _number(_("Days a device is remembered off campus"), MOST_REMEMBERED_DAYS)
    call_marks_in = forms.BooleanField(
        label=_("Forget all devices remembered until now"), required=False
    )

    @classmethod
    def of(cls, licence: Licence) -> ChangeForm:
        return cls(
            initial={
                "seats": licence.seats,
                "ends_on": licence.ends_on,
                "remember_days": licence.remember_days,
            }
        )


class TextForm(forms.Form):
    """A list written line by line: addresses, networks or domains."""

    text = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )


class PosterForm(forms.Form):
    """A poster: where it hangs, how many passes a day, for how many days."""

    label = forms.CharField(label=_("Where it hangs"), max_length=80, required=False)
    most_a_day = _number(_("Passes a day at most"), 10_000, initial=100)
    days = _number(
        _("Good for so many days"), 3_660, initial=0, help_text=_("0: as long as the licence.")
    )


class PaymentForm(forms.Form):
    """The transfer by which an organisation paid."""

    payer = forms.EmailField(
        label=_("Address of the payer’s account"),
        error_messages={**NEEDED, "invalid": _("This is no e-mail address.")},
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=0,
        max_digits=14,
        decimal_places=2,
        error_messages={**NEEDED, "invalid": _("Write an amount, as in 12500.00.")},
    )
    reference = forms.CharField(
        label=_("The statement’s reference"), max_length=100, error_messages=NEEDED
    )

    def get_currency(self) -> str:
        currency: str = settings.PAPER.currency
        return currency
