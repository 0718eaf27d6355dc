"""The whole bank as one WSGI program: health, the wire for merchants, the pages for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from broadsheet.bank.book import Book
from broadsheet.bank.messages import Request, Response, json_response
from broadsheet.bank.pages import Pages
from broadsheet.bank.razorpay_pages import RazorpayPages
from broadsheet.bank.stripe_pages import StripePages
from broadsheet.bank.wire_razorpay import RazorpayWire
from broadsheet.bank.wire_stripe import StripeWire
from broadsheet.bank.wire_test import Wire

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class _Program(Protocol):
    def answer(self, request: Request) -> Response: ...


@dataclass(frozen=True, slots=True)
class Bank:
    """WSGI. Raises ``CutConnection`` when the fault script says so; the server cuts."""

    book: Book
    wire: Wire
    pages: Pages
    stripe: StripeWire
    stripe_pages: StripePages
    razorpay: RazorpayWire
    razorpay_pages: RazorpayPages

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        response = self._answer(Request(environ))
        start_response(response.status_line, response.header_list())
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else response.body]

    def _answer(self, request: Request) -> Response:
        if request.path == "/health":
            return json_response(200, {"ok": True, "charges": self.book.count_charges()})
        for beginning, program in self._programs():
            if request.path.startswith(beginning):
                return program.answer(request)
        return self.wire.answer(request)

    def _programs(self) -> tuple[tuple[str, _Program], ...]:
        """Which beginning of a path leads where, the first that fits."""
        pages = self.pages.public_path
        return (
            ("/stripe/", self.stripe),
            ("/razorpay/", self.razorpay),
            (f"{pages}/stripe/", self.stripe_pages),
            (f"{pages}/razorpay/", self.razorpay_pages),
            (f"{pages}/", self.pages),
        )


def open_bank(
    *,
    book: Book,
    bearer: str,
    public_path: str,
    return_origins: tuple[str, ...],
    wait: Callable[[float], None],
) -> Bank:
    """Put a bank together. ``wait`` sleeps that many seconds, less when the server is ending."""
    return Bank(
        book=book,
        wire=Wire(
            book=book,
            bearer=bearer,
            public_path=public_path,
            return_origins=return_origins,
            wait=wait,
        ),
        pages=Pages(book=book, public_path=public_path, wait=wait),
        stripe=StripeWire(book=book, bearer=bearer, public_path=public_path, wait=wait),
        stripe_pages=StripePages(
            book=book, public_path=public_path, return_origins=return_origins, wait=wait
        ),
        razorpay=RazorpayWire(book=book, bearer=bearer, public_path=public_path, wait=wait),
        razorpay_pages=RazorpayPages(
            book=book, public_path=public_path, return_origins=return_origins, wait=wait
        ),
    )
