"""The paper: what one newspaper is, read from ``broadsheet.toml``.

``FIELDS`` is the one table; the sample file, its help and the documentation are made from it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from broadsheet.domain.gstin import NotGstin, read_gstin
from broadsheet.domain.invoice_number import PREFIX, YearStart
from broadsheet.domain.issn import NotIssn, read_issn
from broadsheet.domain.tax import INDIA

LONGEST_TAX_NUMBER = 20
NOTHING: Mapping[str, Any] = MappingProxyType({})


class WrongSetting(Exception):  # noqa: N818
    """A setting that cannot be used; the message says what to do."""


class WrongPaper(WrongSetting):
    """A ``broadsheet.toml`` that cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Field:
    """One line of ``broadsheet.toml``."""

    name: str
    default: Any
    says: str
    one_of: tuple[str, ...] = ()


FIELDS: tuple[Field, ...] = (
    Field("name", "The Lantern", "Name of the paper, as on its nameplate."),
    Field("place", "Kadalpur", "The place it is published from."),
    Field(
        "tagline",
        "Kadalpur’s daily newspaper since 1997. Printed every morning, lit every evening.",
        "One or two sentences at the foot of each page.",
    ),
    Field("founded", 1997, "Year of the first edition."),
    Field(
        "time_zone",
        "Asia/Kolkata",
        "The paper's day and its meter's month begin by this zone (IANA name).",
    ),
    Field("currency", "INR", "ISO 4217 code of the plans' prices."),
    Field("locale", "en_IN", "How figures, dates and amounts are written (CLDR name)."),
    Field("mail_from", "The Lantern <hello@lantern.example>", "Sender of letters to readers."),
    Field("help_mail", "help@lantern.example", "Where readers are told to write."),
    Field(
        "metered_when_store_is_down",
        "open",
        "What a metered story does while reads cannot be counted. Premium is always closed.",
        ("open", "closed"),
    ),
    Field(
        "lend_premium",
        "no",
        "Whether gift, newsletter and campaign links may open a premium story.",
        ("no", "yes"),
    ),
    Field(
        "new_readers_per_network_per_day",
        1000,
        "How many new anonymous readers of one network (IPv4 /24, IPv6 /56) may begin in a day. 0: no limit.",
    ),
    Field(
        "readers_at_once",
        4,
        "In how many places at once one account's benefits hold. 0: no limit.",
    ),
    Field(
        "pause_days_a_year",
        90,
        "For how many days in any year a subscriber may pause the paper. 0: pausing is not offered.",
    ),
    Field(
        "withdrawal_days",
        14,
        "Within how many days of the first payment a subscriber may withdraw and is paid back. 0: never.",
    ),
    Field(
        "withdrawal_refund",
        "unused",
        "What who withdraws is paid back: the days not used, or the whole.",
        ("unused", "whole"),
    ),
    Field(
        "access_while_disputed",
        "keep",
        "Whether benefits are kept while a reader's bank disputes a payment.",
        ("keep", "suspend"),
    ),
    Field(
        "win_back_after_days",
        30,
        "How many days after the end a letter asks whether the reader would come back. 0: never.",
    ),
    Field(
        "crawlers_read_full",
        "none",
        "Which verified crawlers get the full text of locked stories.",
        ("none", "googlebot"),
    ),
    Field(
        "legal_name",
        "",
        "Who sells, by the name in the register; on invoices. Empty: the paper's name.",
    ),
    Field("legal_address", "", "The seller's address, on invoices, in one line with commas."),
    Field("legal_country", "IN", "The seller's country (ISO 3166, two letters)."),
    Field(
        "tax_number",
        "",
        "The seller's GSTIN, whose first two digits are its State, or VAT number. Empty: invoices without tax.",
    ),
    Field("invoice_prefix", "BS", "What the numbers of invoices begin with, at most 3 characters."),
    Field(
        "credit_note_prefix",
        "BC",
        "What the numbers of credit notes begin with; another than the invoices'.",
    ),
    Field(
        "financial_year_begins",
        "04-01",
        "The month and day on which the numbers of invoices begin anew.",
    ),
    Field("print_issn", "", "The ISSN of the printed paper, in reports to libraries."),
    Field("online_issn", "", "The ISSN of the paper online, in reports to libraries."),
)


@dataclass(frozen=True, slots=True)
class Paper:
    """What the newspaper is."""

    name: str
    place: str
    tagline: str
    founded: int
    time_zone: str
    currency: str
    locale: str
    mail_from: str
    help_mail: str
    metered_when_store_is_down: str
    lend_premium: str = "no"
    new_readers_per_network_per_day: int = 1000
    readers_at_once: int = 4
    pause_days_a_year: int = 90
    withdrawal_days: int = 14
    withdrawal_refund: str = "unused"
    access_while_disputed: str = "keep"
    win_back_after_days: int = 30
    crawlers_read_full: str = "none"
    legal_name: str = ""
    legal_address: str = ""
    legal_country: str = INDIA
    tax_number: str = ""
    invoice_prefix: str = "BS"
    credit_note_prefix: str = "BC"
    financial_year_begins: str = "04-01"
    print_issn: str = ""
    online_issn: str = ""

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def year_start(self) -> YearStart:
        """The day on which the financial year begins."""
        return YearStart.parse(self.financial_year_begins)


def read_paper(path: Path) -> Paper:
    """Read one newspaper's settings; a missing file means the defaults. Raises ``WrongPaper``."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        written = {}
    except tomllib.TOMLDecodeError as error:
        raise WrongPaper(f"{path} is not TOML: {error}.") from error
    return parse_paper(written)


def parse_paper(written: dict[str, Any]) -> Paper:
    """Check each value against the table. Raises ``WrongPaper``."""
    known = {field.name: field for field in FIELDS}
    for name in written:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise WrongPaper(
                f"broadsheet.toml: there is no setting {name!r}. Did you mean {near!r}?"
            )
    values = {
        name: _checked(field, written.get(name, field.default)) for name, field in known.items()
    }
    try:
        zoneinfo.ZoneInfo(values["time_zone"])
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise WrongPaper(
            f"broadsheet.toml: time_zone {values['time_zone']!r} is not an IANA zone such as Asia/Kolkata."
        ) from error
    return Paper(**{**values, **_checked_seller(values), **_checked_issns(values)})


def _checked_issns(values: Mapping[str, Any]) -> dict[str, str]:
    """The numbers that libraries know the paper by, or ``WrongPaper``."""
    try:
        return {
            name: read_issn(values[name]) if values[name].strip() else ""
            for name in ("print_issn", "online_issn")
        }
    except NotIssn as error:
        raise WrongPaper(f"broadsheet.toml: print_issn and online_issn: {error}") from error


def _checked_seller(values: Mapping[str, Any]) -> dict[str, str]:
    """What stands on invoices, or ``WrongPaper``."""
    country, number = values["legal_country"].strip().upper(), values["tax_number"].strip()
    if not re.fullmatch("[A-Z]{2}", country):
        raise WrongPaper(
            "broadsheet.toml: legal_country must be two letters of ISO 3166, such as IN."
        )
    if number and country == INDIA:
        try:
            number = read_gstin(number)
        except NotGstin as error:
            raise WrongPaper(f"broadsheet.toml: tax_number: {error}") from error
    if len(number) > LONGEST_TAX_NUMBER:
        raise WrongPaper("broadsheet.toml: tax_number is longer than any VAT number.")
    prefixes = values["invoice_prefix"], values["credit_note_prefix"]
    if prefixes[0].upper() == prefixes[1].upper() or not all(map(PREFIX.fullmatch, prefixes)):
        raise WrongPaper(
            "broadsheet.toml: invoice_prefix and credit_note_prefix must differ, each of one to "
            "three letters, digits or hyphens."
        )
    try:
        YearStart.parse(values["financial_year_begins"])
    except ValueError as error:
        raise WrongPaper(
            "broadsheet.toml: financial_year_begins must be a month and day such as 04-01."
        ) from error
    return {"legal_country": country, "tax_number": number}


def _checked(field: Field, value: Any) -> Any:
    wanted = type(field.default)
    if not isinstance(value, wanted) or isinstance(value, bool):
        kind = "text in quotes" if wanted is str else "a whole number"
        raise WrongPaper(f"broadsheet.toml: {field.name} must be {kind}.")
    if isinstance(value, int) and value < 0:
        raise WrongPaper(f"broadsheet.toml: {field.name} must not be below 0.")
    if field.one_of and value not in field.one_of:
        raise WrongPaper(f"broadsheet.toml: {field.name} must be one of {', '.join(field.one_of)}.")
    return value


def sample_paper(changed: Mapping[str, Any] = NOTHING) -> str:
    """A ``broadsheet.toml`` with every setting, its help and its default, or what is ``changed``."""
    lines: list[str] = []
    for field in FIELDS:
        choice = f" One of: {', '.join(field.one_of)}." if field.one_of else ""
        meant = changed.get(field.name, field.default)
        value = f'"{meant}"' if isinstance(meant, str) else str(meant)
        lines += [f"# {field.says}{choice}", f"{field.name} = {value}", ""]
    return "\n".join(lines)
