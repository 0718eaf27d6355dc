"""One call to a CDN, within our bounds, and what surely became of it."""

from __future__ import annotations

from broadsheet.plumbing.outbound import NoAnswer, NotSent, Reply, call
from broadsheet.plumbing.purging.contract import Answer, Outcome

LONGEST_REST = 3600.0


def ask(url: str, *, headers: dict[str, str], body: bytes = b"") -> Reply | Answer:
    """One POST to a CDN: its reply if that is for the adapter to read, or what became of it."""
    try:
        reply = call("POST", url, headers=headers, body=body)
    except NotSent as error:
        return Answer(Outcome.NOT_SENT, str(error))
    except NoAnswer as error:
        return Answer(Outcome.UNKNOWN, str(error))
    says = f"{reply.status} {reply.body[:200].decode('utf-8', 'replace')}"
    if reply.status == 429:  # noqa: PLR2004
        return Answer(Outcome.NOT_SENT, says, _read_rest(reply))
    if reply.status >= 500 or reply.status < 200:  # noqa: PLR2004
        return Answer(Outcome.UNKNOWN, says, _read_rest(reply))
    if reply.status >= 300:  # noqa: PLR2004
        return Answer(Outcome.REFUSED, says)
    return reply


def _read_rest(reply: Reply) -> float:
    """``Retry-After`` in seconds, an hour at most; a date or nonsense says nothing."""
    try:
        return min(max(float(reply.headers.get("retry-after", "0")), 0.0), LONGEST_REST)
    except ValueError:
        return 0.0
