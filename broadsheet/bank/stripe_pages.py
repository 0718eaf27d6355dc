"""The pages behind Stripe's wire: type a card, answer the bank that asks, go back to the shop.

They look like the bank's other pages, not like Stripe's. No script is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from broadsheet.bank import stripe_checkouts as checkouts
from broadsheet.bank.book import Book
from broadsheet.bank.faults import Fault, FaultyAnswer, with_faults
from broadsheet.bank.messages import BadRequest, Request, Response, field_of
from broadsheet.bank.pages import draw_bill, draw_page, see_other
from broadsheet.bank.stripe_cards import CARDS
from broadsheet.bank.stripe_deeds import find_card
from broadsheet.bank.stripe_shelf import Shelf, Thing

_EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*/\s*(?:20)?([0-9]{2})")
_CVC = re.compile(r"[0-9]{3,4}")
ENDINGS = {
    "paid": ("Payment made", "The payment went through. You may close this page."),
    "processing": (
        "Payment under way",
        "The bank has not said yes or no so far. You may close this page.",
    ),
    "declined": ("Payment declined", "The bank said no in the end. No money was taken."),
    "expired": ("This page is closed", "The payment was not made in time. No money was taken."),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed on the card form."""

    number: str = ""
    expiry: str = ""
    cvc: str = ""


@dataclass(frozen=True, slots=True)
class StripePages:
    """The routes under ``/stripe/`` of the public path."""

    book: Book
    public_path: str
    return_origins: tuple[str, ...]
    wait: Callable[[float], None]

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.book)

    def answer(self, request: Request) -> Response:
        """Route one request of a browser."""
        checkouts.ripen(self.shelf)
        match = _PATH.fullmatch(request.path.removeprefix(self.public_path))
        session = self.shelf.find_by_token(match[1]) if match else None
        if match is None or session is None:
            return self._gone(404, "No such payment", "The bank knows no payment at this address.")
        try:
            handle = _ROUTES.get((request.method.replace("HEAD", "GET"), match[2]))
            if handle is not None:
                return handle(self, request, session)
        except BadRequest as bad:
            return self._gone(400, "That could not be read", str(bad))
        except FaultyAnswer as fault:
            return self._gone(fault.status, "The bank is in trouble", "Please try again.")
        return self._gone(405, "Not so", "This page takes no such request.")

    def show_form(self, _request: Request, session: Thing) -> Response:
        return self._form(session, Typed()) if session["status"] == "open" else self._end(session)

    def take_card(self, request: Request, session: Thing) -> Response:
        form = request.form()
        typed = Typed(*(field_of(form, name)[:40].strip() for name in ("number", "expiry", "cvc")))
        expiry = _EXPIRY.fullmatch(typed.expiry)
        if session["status"] != "open":
            return self._end(session)
        if find_card(typed.number) is None:
            return self._form(session, typed, "number", "Type one of the numbers listed below.")
        if expiry is None:
            return self._form(session, typed, "expiry", "Write month and year, such as 12/34.")
        if not _CVC.fullmatch(typed.cvc):
            return self._form(session, typed, "cvc", "The three or four figures on the back.")

        def pay(fault: Fault | None) -> Thing:
            with self.book.writing():
                fresh = self.shelf.get(session["id"], "checkout.session")
                if fresh["status"] != "open":
                    return self._intent(fresh)
                return checkouts.pay(
                    self.shelf,
                    fresh,
                    number=typed.number,
                    exp_month=int(expiry[1]),
                    exp_year=2000 + int(expiry[2]),
                    decline_for=fault.reason if fault and fault.kind == "decline" else "",
                )

        return self._after(session, with_faults(self.book, "decide", pay, wait=self.wait), typed)

    def show_question(self, _request: Request, session: Thing) -> Response:
        intent = self._intent(session)
        if session["status"] != "open" or intent.get("status") != "requires_action":
            return see_other(self._address(session))
        body = f"""{_bill(session)}
<section class="message" aria-labelledby="ask-head">
<h2 id="ask-head">Your card's bank, in a window of its own</h2>
<p>Somebody wants to pay with your card. Is it you? A real bank would now send you a code or ask
in its app (3-D Secure).</p>
</section>
<form method="post" action="{escape(self._address(session))}ask/">
<ul class="choices">
<li><button class="main" name="answer" value="confirm">Yes, it is me</button>
<span>The bank goes on with the payment.</span></li>
<li><button name="answer" value="refuse">No, refuse</button>
<span>No money is taken. Another card can be tried.</span></li>
</ul>
</form>"""
        return self._page("Your bank asks", body, session)

    def take_answer(self, request: Request, session: Thing) -> Response:
        answer = field_of(request.form(), "answer")
        if answer not in {"confirm", "refuse"}:
            return self.show_question(request, session)

        def decide(_fault: Fault | None) -> Thing:
            with self.book.writing():
                fresh = self.shelf.get(session["id"], "checkout.session")
                if fresh["status"] != "open":
                    return self._intent(fresh)
                return checkouts.answer_bank(self.shelf, fresh, confirmed=answer == "confirm")

        intent = with_faults(self.book, "decide", decide, wait=self.wait)
        return self._after(session, intent, Typed())

    def _after(self, session: Thing, intent: Thing, typed: Typed) -> Response:
        status = intent.get("status", "")
        if status in {"succeeded", "processing"}:
            done = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
            return see_other(self._way_back(done))
        if status == "requires_action":
            return see_other(f"{self._address(session)}ask/")
        fresh = self.shelf.get(session["id"], "checkout.session")
        if fresh["status"] != "open":
            return self._end(fresh)
        error = intent.get("last_payment_error") or {}
        return self._form(fresh, typed, "", str(error.get("message", "Please try again.")))

    def _form(self, session: Thing, typed: Typed, wrong: str = "", says: str = "") -> Response:
        alert = f"<p class='error' role='alert'>{escape(says)}</p>" if says and not wrong else ""
        mandate = ""
        if session["_intent"].get("setup_future_usage") == "off_session":
            mandate = (
                "<p class='says'>You also allow later payments with this card, until you say stop."
                "</p>"
            )
        rows = "".join(
            f"<tr><td><code>{card.spaced}</code></td><td>{escape(card.says)}</td></tr>"
            for card in CARDS.values()
        )
        options = "".join(
            f'<option value="{card.spaced}">{escape(card.says)}</option>' for card in CARDS.values()
        )
        back = self._way_back(session["cancel_url"] or "")
        leave = f"<p><a href='{escape(back)}'>Back without paying</a></p>" if back else ""
        fields = "".join(
            _field(name, label, getattr(typed, name), more, says if wrong == name else "")
            for name, label, more in (
                ("number", "Card number", 'list="cards" autocomplete="cc-number" maxlength="23"'),
                ("expiry", "Expires (month / year)", 'autocomplete="cc-exp" maxlength="9"'),
                ("cvc", "Code on the back", 'autocomplete="cc-csc" maxlength="4"'),
            )
        )
        body = f"""{_bill(session)}{mandate}{alert}
<form method="post" action="{escape(self._address(session))}">
{fields}<datalist id="cards">{options}</datalist>
<button class="main">Pay</button>
</form>{leave}
<h2 id="cards-head">Cards to try</h2>
<p class="says">No real card is taken here. Any date to come and any code will do.</p>
<table class="cards" aria-labelledby="cards-head">
<thead><tr><th scope="col">Number</th><th scope="col">What it does</th></tr></thead>
<tbody>{rows}</tbody></table>"""
        return self._page("Pay by card", body, session, status=422 if says else 200)

    def _end(self, session: Thing) -> Response:
        intent = self._intent(session).get("status", "")
        ending = {"succeeded": "paid", "processing": "processing"}.get(intent, "declined")
        title, says = ENDINGS["expired" if session["status"] == "expired" else ending]
        back = self._way_back(session["success_url"])
        body = (
            f"{_bill(session)}<p class='says'>{says}</p>"
            f"<p><a class='button main' href='{escape(back)}'>Back to the shop</a></p>"
        )
        return self._page(title, body, session)

    def _intent(self, session: Thing) -> Thing:
        fresh = self.shelf.get(session["id"], "checkout.session")
        return self.shelf.find(fresh["payment_intent"] or "", "payment_intent") or {}

    def _way_back(self, url: str) -> str:
        """The shop's address where the bank was told of its origin, else the same site's path."""
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" in self.return_origins:
            return url
        path = parts._replace(scheme="", netloc="").geturl()
        return path if re.match(r"/(?![/\\])", path) else "/" if url else ""

    def _address(self, session: Thing) -> str:
        with self.book.reading() as db:
            row = db.execute(
                "SELECT token FROM stripe_object WHERE id = ?", (session["id"],)
            ).fetchone()
        return f"{self.public_path}/stripe/{row['token']}/"

    def _page(self, title: str, body: str, session: Thing, *, status: int = 200) -> Response:
        back = self._way_back(session["success_url"])
        return draw_page(self.public_path, title, body, way_back=back, status=status)

    def _gone(self, status: int, title: str, says: str) -> Response:
        return draw_page(
            self.public_path, title, f"<p class='says'>{escape(says)}</p>", status=status
        )


def _bill(session: Thing) -> str:
    return draw_bill(
        session["amount_total"],
        session["currency"].upper(),
        to=urlsplit(session["success_url"]).netloc,
        wherefor=session["_wherefor"],
    )


def _field(name: str, label: str, value: str, more: str, wrong: str) -> str:
    marks = f' aria-invalid="true" aria-describedby="{name}-error"' if wrong else ""
    error = f'<p class="error" id="{name}-error">{escape(wrong)}</p>' if wrong else ""
    return (
        f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" '
        f'value="{escape(value)}" inputmode="numeric" required {more}{marks}>{error}\n'
    )


_PATH = re.compile(r"/stripe/([\w-]{16,64})/(ask/)?")
_ROUTES: dict[tuple[str, str | None], Callable[[StripePages, Request, Thing], Response]] = {
    ("GET", None): StripePages.show_form,
    ("POST", None): StripePages.take_card,
    ("GET", "ask/"): StripePages.show_question,
    ("POST", "ask/"): StripePages.take_answer,
}
