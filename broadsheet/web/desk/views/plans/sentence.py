"""The forms that read as sentences: a plan, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadsheet.apps.benefits.models import Benefit
from broadsheet.apps.invoicing.queries import list_tax_rates
from broadsheet.apps.payments.gateways import list_gateways, open_gateway
from broadsheet.apps.plans.actions import MOST_MINOR
from broadsheet.apps.plans.models import MOST_GIFTS, TERM_UNITS, Plan, Price
from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.money import Money, units_in_major
from broadsheet.domain.pricing import Step, WrongSteps, check_steps
from broadsheet.domain.tax import USUAL_CLASS
from broadsheet.web.desk.paper_time import PaperTimeField

LONGEST_TERM = 1000
STEPS, PARTS = (1, 2), (1, 2, 3)


class AmountField(forms.DecimalField):
    """An amount in whole and parts, as it is spoken of; ``read`` makes money of it."""

    def __init__(self, label: Any, *, required: bool = False) -> None:
        super().__init__(
            label=label,
            required=required,
            min_value=0,
            max_value=MOST_MINOR,
            widget=forms.TextInput(
                attrs={"inputmode": "decimal", "size": 7, "autocomplete": "off"}
            ),
            error_messages={
                "invalid": gettext_lazy("Write a number, as in 900 or 4.50."),
                "required": gettext_lazy("Write what it costs."),
            },
        )

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace(",", "").strip()
        return super().to_python(value)


def read_money(amount: Decimal, currency: str) -> Money:
    """Raises ``ValidationError`` for more digits than the currency has."""
    minor = amount * units_in_major(currency)
    if minor != minor.to_integral_value():
        raise ValidationError(
            _("%(currency)s has fewer digits after the point."), params={"currency": currency}
        )
    return Money(int(minor), currency)


def list_currencies_taken() -> list[str]:
    """The currencies that the gateways set up here take; the paper's first."""
    taken = {settings.PAPER.currency}
    for code in list_gateways():
        taken |= open_gateway(code).capabilities.currencies
    return sorted(taken, key=lambda code: (code != settings.PAPER.currency, code))


def _count(label: Any, most: int, least: int = 1, *, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        required=required,
        widget=forms.NumberInput(attrs={"min": least, "max": most}),
    )


class PriceForm(forms.Form):
    """What a plan costs, from when, how it begins and what it is made of."""

    amount = AmountField(gettext_lazy("It costs"), required=True)
    currency = forms.ChoiceField(label=gettext_lazy("in"))
    starts_at = PaperTimeField(gettext_lazy("from"))
    trial_count = _count(gettext_lazy("a first term of"), 366)
    trial_unit = forms.ChoiceField(
        label=gettext_lazy("counted in"), choices=TERM_UNITS, required=False
    )
    trial_amount = AmountField(gettext_lazy("for"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "plan-%s", **kwargs})
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, code) for code in list_currencies_taken()]
        classes = sorted({rate.tax_class for rate in list_tax_rates()} | {USUAL_CLASS})
        for n in STEPS:
            self.fields[f"step{n}_terms"] = _count(gettext_lazy("the next terms"), 120)
            self.fields[f"step{n}_amount"] = AmountField(gettext_lazy("for"))
        for n in PARTS:
            self.fields[f"part{n}_name"] = forms.CharField(
                label=gettext_lazy("Part"), max_length=80, required=False
            )
            self.fields[f"part{n}_amount"] = AmountField(gettext_lazy("for"))
            self.fields[f"part{n}_class"] = forms.ChoiceField(
                label=gettext_lazy("taxed as"), choices=[(c, c) for c in classes], required=False
            )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return given
        self._money("amount")
        if not self.errors and not 0 < self.price.minor <= MOST_MINOR:
            self.add_error("amount", _("A price is more than nought."))
        if not self.errors:
            self._read_steps(given)
        if not self.errors:
            self._read_parts(given)
        return given

    @property
    def price(self) -> Money:
        return read_money(self.cleaned_data["amount"], self.cleaned_data["currency"])

    def read_price(self, instant: datetime) -> dict[str, Any]:
        """The arguments of ``set_price`` that the sentence means, but the plan."""
        return {
            "amount": self.price,
            "starts_at": self.cleaned_data["starts_at"] or instant,
            "steps": self.steps,
            "parts": self.parts,
        }

    def _read_steps(self, given: dict[str, Any]) -> None:
        steps = []
        if given["trial_count"]:
            unit = TermUnit(given["trial_unit"] or TermUnit.DAY)
            length = TermLength(given["trial_count"], unit)
            steps.append(Step(1, self._money("trial_amount"), length))
        for n in STEPS:
            terms, amount = given[f"step{n}_terms"], given[f"step{n}_amount"]
            if bool(terms) != (amount is not None):
                self.add_error(
                    f"step{n}_terms", _("Write both how many terms and what each costs.")
                )
                return
            if terms:
                steps.append(Step(terms, self._money(f"step{n}_amount")))
        try:
            check_steps(steps, self.price)
        except WrongSteps as wrong:
            self.add_error("step1_terms" if len(steps) > 1 else "trial_count", str(wrong))
        self.steps = tuple(steps)

    def _read_parts(self, given: dict[str, Any]) -> None:
        parts = []
        for n in PARTS:
            name, amount = given[f"part{n}_name"].strip(), given[f"part{n}_amount"]
            if bool(name) != bool(amount):
                self.add_error(f"part{n}_name", _("Write both a name and what it costs."))
                return
            if name:
                minor = self._money(f"part{n}_amount").minor
                tax_class = given[f"part{n}_class"] or USUAL_CLASS
                parts.append({"description": name, "amount_minor": minor, "tax_class": tax_class})
        if len(parts) == 1:
            self.add_error("part1_name", _("One part is the whole; write two or more, or none."))
        elif parts and sum(part["amount_minor"] for part in parts) != self.price.minor:
            self.add_error("part1_name", _("The parts must add up to the price."))
        self.parts = tuple(parts)

    def _money(self, name: str) -> Money:
        currency = self.cleaned_data["currency"]
        try:
            return read_money(self.cleaned_data[name] or Decimal(0), currency)
        except ValidationError as wrong:
            self.add_error(name, wrong)
            return Money(0, currency)


class PlanForm(forms.Form):
    """What a plan is called, for how long it is sold, and what it opens."""

    name = forms.CharField(label=gettext_lazy("The plan"), max_length=80)
    code = forms.CharField(label=gettext_lazy("Code"), max_length=60)
    term_count = _count(gettext_lazy("is for"), LONGEST_TERM, required=True)
    term_unit = forms.ChoiceField(label=gettext_lazy("counted in"), choices=TERM_UNITS)
    benefits = forms.MultipleChoiceField(
        label=gettext_lazy("It opens"), required=False, widget=forms.CheckboxSelectMultiple
    )
    gifts_per_month = _count(gettext_lazy("Stories to give away"), MOST_GIFTS, 0)
    position = _count(gettext_lazy("Place among the plans"), 1000, 0)

    def __init__(self, *args: Any, plan: Plan | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "plan-%s", **kwargs})
        self.plan = plan
        self._offer("benefits", Benefit.objects.values_list("code", "name"))
        if plan is not None:
            del self.fields["code"]
            if plan.prices.exists():
                del self.fields["term_count"], self.fields["term_unit"]

    def _offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(choices)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip().lower().replace(" ", "-")
        validate_slug(code)
        if code in {"new", "change", "price"} or Plan.objects.filter(code=code).exists():
            raise ValidationError(_("Another plan has this code; choose another."))
        return code

    def read_plan(self) -> dict[str, Any]:
        """The arguments of ``put_plan`` that the sentence means."""
        given = self.cleaned_data
        if "term_count" in given:
            length = TermLength(given["term_count"], TermUnit(given["term_unit"]))
        else:
            assert self.plan is not None
            length = self.plan.term_length
        return {
            "code": self.plan.code if self.plan else given["code"],
            "name": given["name"],
            "length": length,
            "benefits": given["benefits"],
            "position": given["position"] or 0,
            "gifts_per_month": given["gifts_per_month"] or 0,
        }


def spell_out_price(price: Price | None) -> dict[str, Any]:
    """A price as the first words of the next one."""
    if price is None:
        return {"currency": settings.PAPER.currency}
    unit = units_in_major(price.currency)
    said: dict[str, Any] = {"currency": price.currency, "amount": _plain(price.amount_minor, unit)}
    steps = list(price.read_steps())
    if steps and steps[0].length:
        trial = steps.pop(0)
        assert trial.length is not None
        said |= {"trial_count": trial.length.count, "trial_unit": trial.length.unit.value}
        said["trial_amount"] = _plain(trial.amount.minor, unit)
    for n, step in zip(STEPS, steps, strict=False):
        said |= {f"step{n}_terms": step.terms, f"step{n}_amount": _plain(step.amount.minor, unit)}
    for n, part in zip(PARTS, price.parts, strict=False):
        said |= {
            f"part{n}_name": part["description"],
            f"part{n}_amount": _plain(part["amount_minor"], unit),
            f"part{n}_class": part["tax_class"],
        }
    return said


def _plain(minor: int, unit: int) -> str:
    whole, rest = divmod(minor, unit)
    return str(Decimal(minor) / unit) if rest else str(whole)
