"""What an organisation's licence may say, and how its people are named: read, or refused."""

from __future__ import annotations

import re
from datetime import date

MOST_SEATS = 100_000
MOST_REMEMBERED_DAYS = 180
MOST_YEARS = 10
MOST_INVITES = 500
MOST_DOMAINS = 50
MOST_PASSES_A_DAY = 10_000
LONGEST_NAME = 120
LONGEST_ADDRESS = 254
PUBLIC_MAIL = frozenset(
    """
    aol.com fastmail.com gmail.com gmx.com gmx.de gmx.net googlemail.com hotmail.com hotmail.co.uk
    icloud.com in.com live.com mac.com mail.com mail.ru me.com msn.com naver.com outlook.com
    outlook.in proton.me protonmail.com qq.com rediffmail.com rocketmail.com sify.com t-online.de
    tutanota.com web.de yahoo.com yahoo.co.in yahoo.co.uk yahoo.in yandex.ru ymail.com zoho.com
    163.com 126.com
    """.split()  # noqa: SIM905
)
"""Domains where anybody gets an address: no organisation is known by one."""
_DOMAIN = re.compile(
    r"(?=.{3,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"
)
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@([^\s@<>,;]{3,253})")
_BETWEEN = re.compile(r"[\s,;]+")


class WrongLicence(ValueError):  # noqa: N818
    """Something a licence cannot say; ``field`` names it and the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def tidy_organisation(text: str) -> str:
    """The name as it is shown to readers. Raises ``WrongLicence``."""
    name = " ".join(text.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise WrongLicence("organisation", f"Write a name of 1 to {LONGEST_NAME} characters.")
    return name


def check_terms(
    *, seats: int, starts_on: date, ends_on: date, remember_days: int, benefits: frozenset[str]
) -> None:
    """Raises ``WrongLicence`` for terms no licence can have."""
    if not benefits:
        raise WrongLicence(
            "benefits", "Choose at least one benefit, or a plan whose benefits hold."
        )
    if not 0 <= seats <= MOST_SEATS:
        raise WrongLicence("seats", f"Write a number of seats from 0 to {MOST_SEATS:,}.")
    if ends_on <= starts_on:
        raise WrongLicence("ends_on", "It must end after the day on which it begins.")
    if (ends_on - starts_on).days > MOST_YEARS * 366:
        raise WrongLicence("ends_on", f"A licence lasts {MOST_YEARS} years at most.")
    if not 0 <= remember_days <= MOST_REMEMBERED_DAYS:
        raise WrongLicence(
            "remember_days", f"Write a number of days from 0 to {MOST_REMEMBERED_DAYS}."
        )


def read_domains(text: str) -> list[str]:
    """Domains of mail, parted by anything; ``@`` before one may stand. Raises ``WrongLicence``."""
    words = [word.lower().lstrip("@").rstrip(".") for word in _BETWEEN.split(text) if word]
    found = list(dict.fromkeys(word for word in words if word))
    for name in found:
        if "@" in name:
            raise WrongLicence("domains", f"“{name}” is an address. Write what follows its @.")
        if "*" in name:
            raise WrongLicence(
                "domains", f"“{name}” stands for many. Write each domain by itself, without stars."
            )
        if not _DOMAIN.fullmatch(_to_ascii(name)):
            raise WrongLicence("domains", f"“{name}” is no domain. Write it as in example.edu.")
        if name in PUBLIC_MAIL:
            raise WrongLicence(
                "domains", f"Anybody may have an address at {name}, so it names no organisation."
            )
    if len(found) > MOST_DOMAINS:
        raise WrongLicence("domains", f"A licence has {MOST_DOMAINS} domains at most.")
    return [_to_ascii(name) for name in found]


def read_addresses(text: str) -> list[str]:
    """Addresses of people, parted by anything, each once. Raises ``WrongLicence``."""
    words = [word.strip("<>\"'").lower() for word in _BETWEEN.split(text)]
    found = list(dict.fromkeys(word for word in words if word and "@" in word))
    strange = [word for word in words if word and "@" not in word]
    if strange and not found:
        raise WrongLicence("emails", f"“{strange[0][:60]}” is no e-mail address.")
    for address in found:
        if read_domain_of(address) is None:
            raise WrongLicence("emails", f"“{address[:60]}” is no e-mail address.")
    if not found:
        raise WrongLicence("emails", "Write at least one e-mail address.")
    if len(found) > MOST_INVITES:
        raise WrongLicence("emails", f"Invite {MOST_INVITES} people at a time at most.")
    return found


def read_domain_of(address: str) -> str | None:
    """The domain of an address in lower case; ``None`` for what is no address."""
    found = _ADDRESS.fullmatch(address.strip().lower())
    if found is None or len(address) > LONGEST_ADDRESS:
        return None
    name = _to_ascii(found[1].rstrip("."))
    return name if _DOMAIN.fullmatch(name) else None


def _to_ascii(name: str) -> str:
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
