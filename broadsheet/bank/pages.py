"""The bank's pages for people: pay, enter a code, and how it ended. No script is needed.

The address of a checkout holds a secret of 192 bits; who knows it may decide, as with a payment
link. Every answer forbids framing, caching and passing the address on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from broadsheet.bank import deeds
from broadsheet.bank.book import Book
from broadsheet.bank.faults import FaultyAnswer, with_faults
from broadsheet.bank.messages import BadRequest, Request, Response, field_of
from broadsheet.bank.money import write_amount
from broadsheet.bank.records import Checkout, CheckoutState

STYLESHEET = (Path(__file__).parent / "bank.css").read_bytes()
ENDINGS = {
    CheckoutState.APPROVED: (
        "Payment approved",
        "The payment went through. You may close this page.",
    ),
    CheckoutState.DECLINED: ("Payment declined", "No money was taken."),
    CheckoutState.CANCELLED: (
        "Payment taken back",
        "{merchant} no longer asks for this payment. No money was taken.",
    ),
    CheckoutState.EXPIRED: (
        "This page is too old",
        "The payment was not made in time. No money was taken.",
    ),
}


@dataclass(frozen=True, slots=True)
class Pages:
    """The routes under the public path."""

    book: Book
    public_path: str
    wait: Callable[[float], None]

    def answer(self, request: Request) -> Response:
        """Route one request of a browser."""
        try:
            for methods, path, handle in _ROUTES:
                match = path.fullmatch(request.path.removeprefix(self.public_path))
                if match and request.method in methods:
                    return handle(self, request, *match.groups())
        except deeds.Refused:
            return self._gone(404, "No such payment", "The bank knows no payment at this address.")
        except BadRequest as bad:
            return self._gone(400, "That could not be read", str(bad))
        except FaultyAnswer as fault:
            return self._gone(fault.status, "The bank is in trouble", "Please try again.")
        return self._gone(404, "No such page", "The bank has no page at this address.")

    def stylesheet(self, _request: Request) -> Response:
        kept = (("Cache-Control", "public, max-age=3600"),)
        return Response(200, STYLESHEET, "text/css; charset=utf-8", kept)

    def show_choices(self, _request: Request, token: str) -> Response:
        return self._show(deeds.get_checkout(self.book, token=token))

    def show_code(self, _request: Request, token: str) -> Response:
        return self._ask_code(deeds.get_checkout(self.book, token=token))

    def choose(self, request: Request, token: str) -> Response:
        choice = field_of(request.form(), "choice")
        if choice == "code":
            checkout = deeds.send_code(self.book, token=token)
            if not checkout.state.final:
                return see_other(f"{self.public_path}/pay/{token}/code/")
            return self._show(checkout)
        if choice not in _VERBS:
            checkout = deeds.get_checkout(self.book, token=token)
            return self._show(checkout, status=422, error="Choose one of the four.")
        verb, wished = _VERBS[choice]
        checkout = with_faults(
            self.book, "decide", lambda _fault: verb(self.book, token=token), wait=self.wait
        )
        return see_other(checkout.return_url) if checkout.state is wished else self._show(checkout)

    def enter_code(self, request: Request, token: str) -> Response:
        typed = field_of(request.form(), "code")
        checkout = with_faults(
            self.book,
            "decide",
            lambda _fault: deeds.check_code(self.book, token=token, typed=typed),
            wait=self.wait,
        )
        if checkout.state.final:
            return see_other(checkout.return_url)
        left = deeds.MOST_WRONG_CODES - checkout.wrong_codes
        tries = "one try" if left == 1 else f"{left} tries"
        return self._ask_code(
            checkout, status=422, typed=typed, error=f"This is not the code. You have {tries} left."
        )

    def _show(self, checkout: Checkout, *, status: int = 200, error: str = "") -> Response:
        if checkout.state.final:
            title, says = ENDINGS[checkout.state]
            says = says.format(merchant=checkout.merchant)
            return self._page(
                title,
                f"{_bill(checkout)}<p class='says'>{escape(says)}</p>{_way_back(checkout)}",
                checkout=checkout,
            )
        silent = (
            "<p class='says'>The bank has said nothing yet. You can still decide.</p>"
            if checkout.state is CheckoutState.SILENT
            else ""
        )
        wrong = f"<p class='error' role='alert'>{escape(error)}</p>" if error else ""
        mandate = ""
        if checkout.mandate_wanted:
            limit = (
                f" up to {write_amount(checkout.mandate_limit, checkout.currency)} each"
                if checkout.mandate_limit
                else ""
            )
            mandate = (
                f"<p class='says'>You also allow {escape(checkout.merchant)} to take later payments"
                f"{limit}, until you say stop.</p>"
            )
        body = f"""{_bill(checkout)}{mandate}{silent}{wrong}
<form method="post" action="{escape(self._address(checkout))}">
<h2>What should the bank answer?</h2>
<ul class="choices">
<li><button class="main" name="choice" value="approve">Approve</button>
<span>The payment goes through.</span></li>
<li><button name="choice" value="decline">Decline</button>
<span>No money is taken.</span></li>
<li><button name="choice" value="code">Ask me for a code</button>
<span>Approve with the code from a text message.</span></li>
<li><button name="choice" value="silence">Say nothing</button>
<span>The bank leaves it undecided. You can come back to this page and decide.</span></li>
</ul>
</form>"""
        return self._page("Confirm a payment", body, checkout=checkout, status=status)

    def _ask_code(
        self, checkout: Checkout, *, status: int = 200, typed: str = "", error: str = ""
    ) -> Response:
        if checkout.state.final or not checkout.code:
            return self._show(checkout)
        shown = f"{checkout.code[:3]} {checkout.code[3:]}"
        marks = ' aria-invalid="true" aria-describedby="code-error"' if error else ""
        wrong = f'<p class="error" id="code-error">{escape(error)}</p>' if error else ""
        body = f"""{_bill(checkout)}
<section class="message" aria-labelledby="message-head">
<h2 id="message-head">Text message, as it would reach your phone</h2>
<p>{shown} is your code for {escape(write_amount(checkout.amount, checkout.currency))}
at {escape(checkout.merchant)}. Tell it to nobody. Bank of Kadalpur</p>
</section>
<form method="post" action="{escape(self._address(checkout))}code/">
<label for="code">Code from the text message</label>
<input id="code" name="code" value="{escape(typed[:40])}" inputmode="numeric"
autocomplete="one-time-code" maxlength="40" required{marks}>
{wrong}
<button class="main">Approve with this code</button>
</form>
<p><a href="{escape(self._address(checkout))}">Choose another answer</a></p>"""
        return self._page("Enter the code", body, checkout=checkout, status=status)

    def _gone(self, status: int, title: str, says: str) -> Response:
        return self._page(title, f"<p class='says'>{escape(says)}</p>", status=status)

    def _address(self, checkout: Checkout) -> str:
        return f"{self.public_path}/pay/{checkout.token}/"

    def _page(
        self, title: str, body: str, *, checkout: Checkout | None = None, status: int = 200
    ) -> Response:
        back = checkout.return_url if checkout else ""
        return draw_page(self.public_path, title, body, way_back=back, status=status)


def draw_page(
    public_path: str, title: str, body: str, *, way_back: str = "", status: int = 200
) -> Response:
    """One page of the bank. ``body`` is HTML; a form on it may lead to the origin of ``way_back``."""
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<title>{escape(title)} · Bank of Kadalpur</title>
<link rel="stylesheet" href="{escape(public_path)}/bank.css">
</head>
<body>
<header><p class="bank"><svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">
<path d="M12 2 2 8v2h20V8zM4 11h3v8H4zm6.5 0h3v8h-3zm6.5 0h3v8h-3zM2 20h20v2H2z"/></svg>
Bank of Kadalpur</p>
<p class="stand-in">A stand-in for trying things out. No real money moves here.</p></header>
<main>
<h1>{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""
    return Response(status, html.encode(), "text/html; charset=utf-8", _guards(way_back))


def draw_bill(amount: int, currency: str, *, to: str, wherefor: str) -> str:
    """What is to be paid (minor units), to whom and for what, as HTML."""
    return f"""<dl class="bill">
<div class="amount"><dt>Amount</dt><dd>{escape(write_amount(amount, currency))}</dd></div>
<div><dt>To</dt><dd>{escape(to)}</dd></div>
<div><dt>For</dt><dd>{escape(wherefor)}</dd></div>
</dl>"""


def _bill(checkout: Checkout) -> str:
    return draw_bill(
        checkout.amount, checkout.currency, to=checkout.merchant, wherefor=checkout.description
    )


def _way_back(checkout: Checkout) -> str:
    return (
        f"<p><a class='button main' href='{escape(checkout.return_url)}'>"
        f"Back to {escape(checkout.merchant)}</a></p>"
    )


def see_other(address: str) -> Response:
    """Send the browser on; nobody learns from where."""
    kept = (
        ("Location", address),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
    )
    return Response(303, b"", "text/plain; charset=utf-8", kept)


def _guards(way_back: str) -> tuple[tuple[str, str], ...]:
    """A form's redirect counts as its target, so the way back stands in ``form-action``."""
    back = urlsplit(way_back)
    origin = f" {back.scheme}://{back.netloc}" if back.netloc else ""
    policy = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self'{origin}"
    )
    return (
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
    )


_VERBS: dict[str, tuple[Callable[..., Checkout], CheckoutState]] = {
    "approve": (deeds.approve_checkout, CheckoutState.APPROVED),
    "decline": (deeds.decline_checkout, CheckoutState.DECLINED),
    "silence": (deeds.leave_silent, CheckoutState.SILENT),
}
_READ = frozenset({"GET", "HEAD"})
_ROUTES: tuple[tuple[frozenset[str], re.Pattern[str], Callable[..., Response]], ...] = (
    (_READ, re.compile(r"/bank\.css"), Pages.stylesheet),
    (_READ, re.compile(r"/pay/([\w-]+)/"), Pages.show_choices),
    (_READ, re.compile(r"/pay/([\w-]+)/code/"), Pages.show_code),
    (frozenset({"POST"}), re.compile(r"/pay/([\w-]+)/"), Pages.choose),
    (frozenset({"POST"}), re.compile(r"/pay/([\w-]+)/code/"), Pages.enter_code),
)
