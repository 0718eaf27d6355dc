"""The pages behind Razorpay's wire: choose card or UPI, answer the bank that asks, go back.

They look like the bank's other pages, not like Razorpay's. No script is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from broadsheet.bank import razorpay_links as links
from broadsheet.bank.book import Book
from broadsheet.bank.faults import Fault, FaultyAnswer, with_faults
from broadsheet.bank.messages import BadRequest, Request, Response, field_of
from broadsheet.bank.money import write_amount
from broadsheet.bank.pages import draw_bill, draw_page, see_other
from broadsheet.bank.razorpay_instruments import INSTRUMENTS, find_instrument
from broadsheet.bank.razorpay_shelf import Shelf, Slice, Thing

_CONTACT = re.compile(r"\+?\d{8,15}")
ENDINGS = {
    "paid": ("Payment made", "The payment went through. You may close this page."),
    "cancelled": ("Payment taken back", "It is no longer asked for. No money was taken."),
    "expired": ("This page is closed", "The payment was not made in time. No money was taken."),
}
_LABELS = {"card": "Card number", "upi": "UPI id"}
_HEADS = {"card": "Pay by card", "upi": "Pay by UPI"}


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was wrong with a form: which field of which method, what was typed, and a sentence."""

    method: str = ""
    field: str = ""
    typed: str = ""
    contact: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class RazorpayPages:
    """The routes under ``/razorpay/`` of the public path."""

    book: Book
    public_path: str
    return_origins: tuple[str, ...]
    wait: Callable[[float], None]

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.book)

    def answer(self, request: Request) -> Response:
        """Route one request of a browser."""
        links.ripen(self.shelf)
        match = _PATH.fullmatch(request.path.removeprefix(self.public_path))
        link = self.shelf.find_by_token(match[1]) if match else None
        if match is None or link is None:
            return self._gone(404, "No such payment", "The bank knows no payment at this address.")
        try:
            handle = _ROUTES.get((request.method.replace("HEAD", "GET"), match[2]))
            if handle is not None:
                return handle(self, request, link)
        except BadRequest as bad:
            return self._gone(400, "That could not be read", str(bad))
        except FaultyAnswer as fault:
            return self._gone(fault.status, "The bank is in trouble", "Please try again.")
        return self._gone(405, "Not so", "This page takes no such request.")

    def show_form(self, _request: Request, link: Thing) -> Response:
        return self._form(link, Wrong()) if link["status"] in links.OPEN else self._end(link)

    def take_instrument(self, request: Request, link: Thing) -> Response:
        form = request.form()
        method, typed, contact = (
            field_of(form, name)[:40].strip() for name in ("method", "instrument", "contact")
        )
        if link["status"] not in links.OPEN:
            return self._end(link)
        wrong = Wrong(method, typed=typed, contact=contact)
        if method not in self._methods(link):
            return self._form(link, Wrong(says="Choose one of the ways to pay."))
        instrument = find_instrument(typed, method)
        if instrument is None:
            says = "Type one of those listed below."
            return self._form(link, Wrong(method, "instrument", typed, contact, says))
        if not _CONTACT.fullmatch(contact.replace(" ", "")):
            says = "Write a mobile number, such as +919123456780."
            return self._form(link, Wrong(method, "contact", typed, contact, says))

        def begin(fault: Fault | None) -> Thing:
            with self.book.writing():
                fresh = self._fresh(link)
                if fresh["status"] not in links.OPEN:
                    return {}
                return links.begin_payment(
                    self.shelf,
                    fresh,
                    instrument,
                    contact=contact.replace(" ", ""),
                    decline_for=fault.reason if fault and fault.kind == "decline" else "",
                )

        payment = with_faults(self.book, "decide", begin, wait=self.wait)
        return self._after(link, payment, wrong)

    def show_question(self, _request: Request, link: Thing) -> Response:
        payment = self._asked(link)
        if payment is None:
            return see_other(self._address(link))
        return self._ask(link, payment)

    def take_answer(self, request: Request, link: Thing) -> Response:
        form = request.form()
        answer, typed = field_of(form, "answer"), field_of(form, "code")[:40]
        payment = self._asked(link)
        if payment is None or answer not in {"confirm", "refuse"}:
            return self.show_question(request, link)

        def decide(_fault: Fault | None) -> Thing:
            with self.book.writing():
                fresh = self.shelf.get(payment["id"], "payment")
                if answer == "refuse":
                    return links.refuse_payment(self.shelf, fresh)
                return links.confirm_payment(self.shelf, self._fresh(link), fresh, typed=typed)

        decided = with_faults(self.book, "decide", decide, wait=self.wait)
        if decided["status"] == "created" and decided["_code"]:
            return self._ask(link, decided, wrong="This is not the code.")
        return self._after(link, decided, Wrong(payment["method"]))

    def _after(self, link: Thing, payment: Thing, typed: Wrong) -> Response:
        fresh = self._fresh(link)
        if not payment:
            return self._end(fresh)
        if payment["status"] == "created" and payment.get("_code"):
            return see_other(f"{self._address(link)}ask/")
        if payment["status"] in {"authorized", "captured"}:
            return see_other(self._way_back(link) or self._address(link))
        if payment["status"] == "created":
            return self._waiting(fresh)
        says = str(payment["error_description"])
        return self._form(fresh, Wrong(typed.method, "", typed.typed, typed.contact, says))

    def _methods(self, link: Thing) -> tuple[str, ...]:
        asked = link["_registration"].get("method")
        return (asked,) if asked else ("upi", "card")

    def _form(self, link: Thing, wrong: Wrong) -> Response:
        alert = (
            f"<p class='error' role='alert'>{escape(wrong.says)}</p>"
            if wrong.says and not wrong.field
            else ""
        )
        forms = "".join(self._method_form(link, method, wrong) for method in self._methods(link))
        rows = "".join(
            f"<tr><td><code>{escape(one.written)}</code></td><td>{escape(one.says)}</td></tr>"
            for one in INSTRUMENTS.values()
            if one.method in self._methods(link)
        )
        back = self._way_back(link)
        leave = f"<p><a href='{escape(back)}'>Back without paying</a></p>" if back else ""
        body = f"""{_bill(link)}{_mandate(link)}{alert}{forms}{leave}
<h2 id="known-head">What to type</h2>
<p class="says">No real card or UPI id is taken here.</p>
<table class="cards" aria-labelledby="known-head">
<thead><tr><th scope="col">Card or UPI id</th><th scope="col">What it does</th></tr></thead>
<tbody>{rows}</tbody></table>"""
        return self._page("Pay", body, link, status=422 if wrong.says else 200)

    def _method_form(self, link: Thing, method: str, wrong: Wrong) -> str:
        mine = wrong if wrong.method == method else Wrong()
        known = "".join(
            f'<option value="{escape(one.written)}">{escape(one.says)}</option>'
            for one in INSTRUMENTS.values()
            if one.method == method
        )
        instrument = _field(
            (method, "instrument"),
            _LABELS[method],
            mine.typed,
            f'list="{method}-known" autocomplete="off" maxlength="40"',
            mine.says if mine.field == "instrument" else "",
        )
        contact = _field(
            (method, "contact"),
            "Mobile number",
            mine.contact or "+919123456780",
            'inputmode="tel" autocomplete="off" maxlength="16"',
            mine.says if mine.field == "contact" else "",
        )
        return f"""<form method="post" action="{escape(self._address(link))}">
<h2>{_HEADS[method]}</h2>
<input type="hidden" name="method" value="{method}">
{instrument}<datalist id="{method}-known">{known}</datalist>{contact}
<button class="main">{_HEADS[method]}</button>
</form>"""

    def _ask(self, link: Thing, payment: Thing, *, wrong: str = "") -> Response:
        marks = ' aria-invalid="true" aria-describedby="code-error"' if wrong else ""
        error = f'<p class="error" id="code-error">{escape(wrong)}</p>' if wrong else ""
        amount = write_amount(payment["amount"], payment["currency"])
        if payment["method"] == "upi":
            head, says = (
                "Your UPI app",
                (
                    f"{_mandate(link) or ''}<p>Approve {escape(amount)} from {escape(payment['vpa'])} "
                    "with your PIN. Here any four figures will do.</p>"
                ),
            )
            label, title, press = "UPI PIN", "Approve in your UPI app", "Approve"
        else:
            code = payment["_code"]
            head, says = (
                "Text message, as it would reach your phone",
                (
                    f"<p>{code[:3]} {code[3:]} is your code for {escape(amount)}. Tell it to nobody. "
                    "Bank of Kadalpur</p>"
                ),
            )
            label, title, press = "Code from the text message", "Your bank asks", "Confirm"
        body = f"""{_bill(link)}
<section class="message" aria-labelledby="ask-head"><h2 id="ask-head">{head}</h2>{says}</section>
<form method="post" action="{escape(self._address(link))}ask/">
<label for="code">{label}</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="12"{marks}>
{error}
<button class="main" name="answer" value="confirm">{press}</button>
<button name="answer" value="refuse">Refuse</button>
</form>"""
        return self._page(title, body, link, status=422 if wrong else 200)

    def _waiting(self, link: Thing) -> Response:
        body = (
            f"{_bill(link)}<p class='says'>The bank has not said yes or no so far. The answer comes"
            f" by itself; do not pay again.</p>{self._button_back(link)}"
        )
        return self._page("Payment under way", body, link)

    def _end(self, link: Thing) -> Response:
        title, says = ENDINGS[link["status"]]
        return self._page(
            title, f"{_bill(link)}<p class='says'>{says}</p>{self._button_back(link)}", link
        )

    def _asked(self, link: Thing) -> Thing | None:
        """The newest payment of the page that waits for its holder."""
        held = self.shelf.list_things("payment", Slice(count=1), parent=link["order_id"])
        return held[0] if held and held[0]["status"] == "created" and held[0].get("_code") else None

    def _fresh(self, link: Thing) -> Thing:
        return self.shelf.get(link["id"], *links.LINK_KINDS)

    def _button_back(self, link: Thing) -> str:
        back = self._way_back(link)
        return f"<p><a class='button main' href='{escape(back)}'>Back</a></p>" if back else ""

    def _way_back(self, link: Thing) -> str:
        """The shop's address where the bank was told of its origin, else the same site's path."""
        url = link["_back"]
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" in self.return_origins:
            return str(url)
        path = parts._replace(scheme="", netloc="").geturl()
        return path if re.match(r"/(?![/\\])", path) else "/" if url else ""

    def _address(self, link: Thing) -> str:
        return f"{self.public_path}/razorpay/{self.shelf.token_of(link)}/"

    def _page(self, title: str, body: str, link: Thing, *, status: int = 200) -> Response:
        back = self._way_back(link)
        return draw_page(self.public_path, title, body, way_back=back, status=status)

    def _gone(self, status: int, title: str, says: str) -> Response:
        return draw_page(
            self.public_path, title, f"<p class='says'>{escape(says)}</p>", status=status
        )


def _bill(link: Thing) -> str:
    return draw_bill(
        link["amount"],
        link["currency"],
        to=urlsplit(link["_back"]).netloc or "the shop",
        wherefor=link["description"],
    )


def _mandate(link: Thing) -> str:
    asked = link["_registration"]
    if not asked:
        return ""
    most = write_amount(asked["max_amount"], link["currency"])
    return (
        f"<p class='says'>You also allow later payments of up to {escape(most)} each, announced a"
        " day before, until you say stop.</p>"
    )


def _field(named: tuple[str, str], label: str, value: str, more: str, wrong: str) -> str:
    """An input of a form; ``named`` is the way to pay and the field."""
    name = "-".join(named)
    marks = f' aria-invalid="true" aria-describedby="{name}-error"' if wrong else ""
    error = f'<p class="error" id="{name}-error">{escape(wrong)}</p>' if wrong else ""
    return (
        f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{named[1]}" '
        f'value="{escape(value)}" required {more}{marks}>{error}\n'
    )


_PATH = re.compile(r"/razorpay/([\w-]{16,64})/(ask/)?")
_ROUTES: dict[tuple[str, str | None], Callable[[RazorpayPages, Request, Thing], Response]] = {
    ("GET", None): RazorpayPages.show_form,
    ("POST", None): RazorpayPages.take_instrument,
    ("GET", "ask/"): RazorpayPages.show_question,
    ("POST", "ask/"): RazorpayPages.take_answer,
}
