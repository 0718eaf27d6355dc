"""``python -m broadsheet.bank --file PATH --port N``: run the bank until SIGTERM."""

from __future__ import annotations

import argparse
import os
import re
import secrets
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from broadsheet.bank.app import open_bank
from broadsheet.bank.book import Book
from broadsheet.bank.razorpay_links import ripen as ripen_razorpay
from broadsheet.bank.razorpay_shelf import Shelf as RazorpayShelf
from broadsheet.bank.server import Server
from broadsheet.bank.stripe_checkouts import ripen
from broadsheet.bank.stripe_shelf import Shelf
from broadsheet.bank.telling import point_webhook
from broadsheet.bank.webhook_calls import Caller


def main() -> None:
    """Serve. One line ``bank ready http://HOST:PORT`` goes to standard error."""
    asked = _parser().parse_args()
    asked.file.parent.mkdir(parents=True, exist_ok=True)
    book = Book(asked.file)
    bearer = _kept_key(asked.key_file or asked.file.parent / "merchant.key")
    if asked.webhook_url:
        secrets_kept = _kept_key(asked.file.parent / "webhook.secret")
        point_webhook(book, url=asked.webhook_url, secret=secrets_kept.partition(",")[0])
    server = Server((asked.host, asked.port))
    server.app = open_bank(
        book=book,
        bearer=bearer,
        public_path="/" + asked.public_path.strip("/"),
        return_origins=tuple(origin.rstrip("/") for origin in asked.return_origin),
        wait=server.wait,
    )

    def look_round() -> None:
        ripen(Shelf(book))
        ripen_razorpay(RazorpayShelf(book))

    caller = Caller(book, every=look_round)

    def end(*_: Any) -> None:
        threading.Thread(target=server.end).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    host = f"[{asked.host}]" if ":" in asked.host else asked.host
    sys.stderr.write(f"bank ready http://{host}:{server.server_address[1]}\n")
    sys.stderr.flush()
    caller.start()
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    server.rest()
    caller.end()
    book.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m broadsheet.bank", description="A stand-in bank. No real money."
    )
    parser.add_argument("--file", type=Path, required=True, help="the bank's own SQLite file")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--public-path", type=_path, default="/bank", help="where browsers find it")
    parser.add_argument(
        "--key-file", type=Path, help="holds the merchant's key; made beside the file if absent"
    )
    parser.add_argument(
        "--return-origin",
        action="append",
        default=[],
        metavar="https://paper.example",
        help="an origin to which people may be sent back, besides paths of the same site",
    )
    parser.add_argument(
        "--webhook-url",
        default="",
        metavar="https://paper.example/webhooks/test/",
        help="where to tell what happened, signed with webhook.secret beside the file",
    )
    return parser


def _path(text: str) -> str:
    if not re.fullmatch(r"/[a-z0-9-]+(/[a-z0-9-]+)*/?", text):
        raise argparse.ArgumentTypeError("write it as /bank: small letters, figures and hyphens")
    return text


def _kept_key(path: Path) -> str:
    """The merchant's key, made on the first start and readable by the owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").strip()


if __name__ == "__main__":
    main()
