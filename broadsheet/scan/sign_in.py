"""Becoming the subscriber whose reading tells what is locked."""

from __future__ import annotations

import http.cookiejar
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from broadsheet.scan.asking import Answer, CannotScan, NoAnswer, Reader, Site
from broadsheet.scan.page import Page

KNOWN_DOORS = ("/login/", "/account/login/", "/login", "/signin", "/sign-in", "/wp-login.php")
DOOR_WORDS = ("login", "log-in", "signin", "sign-in")
NAMES = ("login", "email", "mail", "user", "log")
HTTP_ERROR = 400


def sign_in(site: Site, *, email: str, password: str, door: str = "") -> Reader:
    """A signed-in reader. ``door`` is the address of the form. Raises ``CannotScan``."""
    reader = Reader("subscriber")
    found = _find_form(site, reader, [door] if door else _list_doors(site, reader))
    if found is None:
        tried = door or "the usual addresses"
        raise CannotScan(
            f"There is no sign-in form with a password at {tried}. Name its address with --login, "
            "or sign in with a browser and give its cookies with --cookie-file."
        )
    page, form = found
    fields = _fill_in(form, email, password)
    address = page.resolve(form.get("action") or page.address)
    try:
        after = site.ask(
            reader, address, method="POST", form=fields, headers={"Referer": page.address}
        )
    except NoAnswer as error:
        raise CannotScan(f"Signing in brought no answer: {error}. Try --cookie-file.") from error
    if after.status >= HTTP_ERROR or _has_password_form(after):
        raise CannotScan(
            f"{site.origin} did not sign {email} in (status {after.status}). Look at the address "
            "and at BROADSHEET_SCAN_PASSWORD; where a code or a captcha is asked for, give the "
            "cookies of a browser with --cookie-file."
        )
    return reader


def read_cookies(site: Site, path: Path) -> Reader:
    """A reader with the cookies of a file: ``cookies.txt``, or one line ``name=value; …``.

    Raises ``CannotScan``.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotScan(f"{path} cannot be read: {error}.") from error
    reader = Reader("subscriber")
    host = urlsplit(site.origin).hostname or ""
    for line in text.splitlines():
        parts = line.removeprefix("#HttpOnly_").split("\t")
        if len(parts) == 7:  # noqa: PLR2004
            reader.jar.set_cookie(_make_cookie(parts[5], parts[6], parts[0]))
        elif "=" in line and not line.startswith("#"):
            for pair in line.removeprefix("Cookie:").split(";"):
                name, sign, value = pair.strip().partition("=")
                if sign and name:
                    reader.jar.set_cookie(_make_cookie(name, value, host))
    if not any(_fits(cookie.domain, host) for cookie in reader.jar):
        raise CannotScan(
            f"{path} holds no cookie for {host}. Export the browser's cookies as cookies.txt, or "
            "write the Cookie header of a signed-in page as one line: name=value; name=value"
        )
    return reader


def _list_doors(site: Site, reader: Reader) -> list[str]:
    """Where the form may be: the home page's own links first, then what is usual."""
    linked = []
    try:
        home = site.ask(reader, site.at("/"))
        linked = [
            address
            for address in Page(home.address, home.text).list_links()
            if site.has(address) and any(word in address.lower() for word in DOOR_WORDS)
        ]
    except NoAnswer:
        pass
    return list(dict.fromkeys([*linked[:3], *(site.at(path) for path in KNOWN_DOORS)]))


def _find_form(site: Site, reader: Reader, doors: list[str]) -> tuple[Page, Any] | None:
    for door in doors:
        try:
            answer = site.ask(reader, door)
        except NoAnswer:
            continue
        page = Page(answer.address, answer.text)
        for form in page.list_forms():
            if form.xpath('.//input[@type="password"]') and _names_of(form):
                return page, form
    return None


def _has_password_form(answer: Answer) -> bool:
    page = Page(answer.address, answer.text)
    return any(
        form.xpath('.//input[@type="password"]') and _names_of(form) for form in page.list_forms()
    )


def _names_of(form: Any) -> list[str]:
    """The fields that take an e-mail address or a name, the likeliest first."""
    emails = [field.get("name") for field in form.xpath('.//input[@type="email"][@name]')]
    texts = [
        field.get("name") for field in form.xpath('.//input[@type="text" or not(@type)][@name]')
    ]
    likely = [name for name in texts if any(word in name.lower() for word in NAMES)]
    return [*emails, *likely]


def _fill_in(form: Any, email: str, password: str) -> dict[str, str]:
    fields = {
        field.get("name"): field.get("value", "")
        for field in form.xpath('.//input[@type="hidden"][@name]')
    }
    fields[_names_of(form)[0]] = email
    for field in form.xpath('.//input[@type="password"][@name]')[:1]:
        fields[field.get("name")] = password
    for field in form.xpath('.//*[self::button or (self::input and @type="submit")][@name]')[:1]:
        fields[field.get("name")] = field.get("value", "")
    return fields


def _fits(domain: str, host: str) -> bool:
    bare = domain.lstrip(".")
    return host == bare or host.endswith("." + bare)


def _make_cookie(name: str, value: str, domain: str) -> http.cookiejar.Cookie:
    return http.cookiejar.Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain=domain,
        domain_specified=domain.startswith("."),
        domain_initial_dot=domain.startswith("."),
        path="/",
        path_specified=True,
        secure=False,
        expires=None,
        discard=True,
        comment=None,
        comment_url=None,
        rest={},
    )
