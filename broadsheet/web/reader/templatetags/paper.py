"""Template doors: ``{% load paper %}``."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.rich_text import expand_db_html

from broadsheet.apps.plans.queries import Offer, say_introduction, say_rhythm
from broadsheet.domain.billing_calendar import TermLength
from broadsheet.domain.money import Money
from broadsheet.plumbing import formatting
from broadsheet.web.reader import charts, marks, pictures, seo

register = template.Library()
WORDS_A_MINUTE = 230
FLAMES_AT_MOST = 10
END = '<svg class="end" viewBox="0 0 256 428" aria-hidden="true"><use href="#flame"/></svg>'
SENTENCE = re.compile(r"^.+?[.?!][”’\"')]*(?=\s|$)", re.DOTALL)


@register.filter
def money(amount: Money | int, currency: str = "") -> str:
    """``{{ offer.price|money }}`` or ``{{ minor|money:"INR" }}`` → ₹2,700."""
    if isinstance(amount, Money):
        return formatting.format_money(amount.minor, amount.currency)
    return formatting.format_money(amount, currency)


@register.filter
def number(value: float | Decimal, places: int | None = None) -> str:
    return formatting.format_number(value, places)


@register.filter
def day(value: date | datetime | None, style: str = "long") -> str:
    """``{{ story.published_at|day:"full" }}`` → Monday 23 November 2026."""
    return formatting.format_date(value, style) if value else ""


@register.filter
def clock(value: datetime | None) -> str:
    """``{{ story.published_at|clock }}`` → 9.40am."""
    return formatting.format_time(value) if value else ""


@register.filter
def is_day_only(value: datetime | None) -> bool:
    """Midnight to the second is what a story has whose sender told the day and no time."""
    return value is not None and timezone.localtime(value).time() == time.min


@register.filter
def iso(value: date | datetime | None) -> str:
    """The machine's form, for ``<time datetime>``."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value or "")


@register.simple_tag
def event_date(event: Any, newest: Any) -> str:
    """A storyline's date, no more exact than it is known; the year only where it differs."""
    if event.precision == "year":
        return str(event.on.year)
    if event.precision == "month":
        return formatting.format_date(event.on, "month")
    return formatting.format_date(event.on, "day" if event.on.year == newest.on.year else "long")


@register.simple_tag
def updated(story: Any) -> str:
    """``Updated 9.40am``, with the date where it is another day's."""
    at, first = story.updated_at, story.published_at
    if formatting.format_date(at) == formatting.format_date(first):
        return _("Updated %(time)s") % {"time": formatting.format_time(at)}
    said = {"day": formatting.format_date(at, "day"), "time": formatting.format_time(at)}
    return _("Updated %(day)s, %(time)s") % said


@register.filter
def bold_first(text: str) -> SafeString:
    """The first sentence in bold, the rest as it is."""
    first = first_sentence(text)
    return format_html("<b>{}</b>{}", first, text[len(first) :])


@register.filter
def minutes(word_count: int) -> str:
    """How long a reader needs: ``6 minutes``."""
    count = max(1, round(word_count / WORDS_A_MINUTE))
    return ngettext("%(count)s minute", "%(count)s minutes", count) % {"count": count}


@register.filter
def first_sentence(text: str) -> str:
    found = SENTENCE.match(text.strip())
    return found.group(0) if found else text


@register.filter
def ended(text: str) -> str:
    """``text`` with a full stop, unless it ends with a sign of its own."""
    return text if text.rstrip("”’\"'").endswith((".", "?", "!", "…")) else f"{text}."


@register.filter
def block_html(block: Any) -> SafeString:
    """A paragraph of a story, as the newsroom cleaned it at the door; links get their addresses."""
    return SafeString(expand_db_html(block.value.source))


@register.filter
def rhythm(length: TermLength) -> str:
    """A term of three months → every 3 months."""
    return say_rhythm(length)


@register.filter
def introduction(offer: Offer) -> str:
    """How an offer begins, if it begins lower: ``First 7 days free``."""
    return say_introduction(offer)


@register.filter
def rfc822(value: datetime | None) -> str:
    """The date form of feeds."""
    return format_datetime(value) if value else ""


@register.simple_tag
def last_paragraph(block: Any) -> SafeString:
    """The story's last paragraph, with the flame that ends it."""
    return _before_end(block_html(block), END)


@register.simple_tag
def drop_paragraph(block: Any) -> SafeString:
    """A feature's first paragraph; its first letter drops, unless a quotation mark opens it."""
    source = block_html(block)
    opens = html.unescape(strip_tags(source)).lstrip()[:1]
    if not opens.isalpha() or not source.startswith("<p"):
        return source
    return mark_safe(source.replace("<p", '<p class="drop"', 1))  # noqa: S308


@register.simple_tag
def byline(story: Any, place: bool = False) -> SafeString:
    """The names over a story in a list: the agency's where one sent it, else its writers'."""
    names = [line.author.name for line in story.bylines.all()]
    if story.agency and story.origin in seo.SENT_IN:
        names = [story.agency]
    bold = [format_html("<b>{}</b>", name) for name in names]
    said = format_html_join(", ", "{}", ((name,) for name in bold))
    if len(bold) > 1:
        first = format_html_join(", ", "{}", ((name,) for name in bold[:-1]))
        said = format_html(_("{first} and {last}"), first=first, last=bold[-1])
    if not place or not story.dateline:
        return said
    return (
        format_html("{}, {}", said, story.dateline) if said else format_html("{}", story.dateline)
    )


@register.simple_tag
def speaker(words: str) -> SafeString:
    """``Hemlata Koli, salt maker`` with the name in bold."""
    name, comma, what = words.partition(",")
    return format_html("<b>{}</b>{}{}", name, comma, what)


def _before_end(source: str, mark: str) -> SafeString:
    start, end, rest = source.rpartition("</p>")
    return mark_safe(f"{start}{mark}{end}{rest}" if end else source)  # noqa: S308


@register.simple_tag
def plate_symbol() -> SafeString:
    """The nameplate's drawing; once in a page, before its first use."""
    drawn = marks.find_nameplate()
    return drawn.symbol if drawn else SafeString("")


@register.simple_tag(takes_context=True)
def plate(context: dict[str, Any]) -> SafeString:
    """The nameplate: the paper's drawing, or its name set in type."""
    drawn = marks.find_nameplate()
    name = context["paper"].name
    if drawn is None:
        return format_html('<span class="plate plate--word">{}</span>', name)
    return format_html(
        '<svg class="plate" viewBox="0 0 {} {}" role="img" aria-label="{}"><use href="#plate"/></svg>',
        f"{drawn.width:g}",
        f"{drawn.height:g}",
        name,
    )


@register.simple_tag
def flames(lit: int, of: int, kind: str = "") -> SafeString:
    """A row of flames: ``lit`` of them burn. Ornament; the words beside it say the same."""
    shown = min(of, FLAMES_AT_MOST)
    drawn = "".join(
        f'<svg class="flame{" lit" if place < lit else ""}" viewBox="0 0 256 428">'
        '<use href="#flame"/></svg>'
        for place in range(shown)
    )
    return mark_safe(f'<span class="lamps {kind}" aria-hidden="true">{drawn}</span>')  # noqa: S308


@register.simple_tag
def picture(
    shown: Any, role: str, alt: str | None = None, eager: bool = False, plain: bool = False
) -> SafeString:
    """``{% picture story.lead_picture "lead" eager=True %}``; ``plain`` for one that only adorns."""
    if shown is None:
        return SafeString("")
    words = "" if plain else (alt or shown.alt)
    return pictures.draw_picture(shown, role, alt=words, eager=eager)


@register.simple_tag
def chart(value: Any) -> SafeString:
    return charts.draw_chart(value.points, mark=value["mark"] or "", note=value["note"] or "")


@register.simple_tag
def json_ld(story: Any) -> SafeString:
    return seo.story_json_ld(story)


@register.simple_tag
def share_image(story: Any) -> str:
    return seo.share_image(story)


@register.filter
def absolute(path: str) -> str:
    return seo.absolute(path)


@register.filter
def highlight(text: str, words: Sequence[str]) -> SafeString:
    """``text`` with the searched words marked; everything else escaped."""
    wanted = [re.escape(word) for word in words if word]
    if not wanted:
        return format_html("{}", text)
    pieces = re.split(f"({'|'.join(wanted)})", text, flags=re.IGNORECASE)
    return mark_safe(  # noqa: S308 — format_html escapes each piece
        "".join(
            format_html("<mark>{}</mark>", piece) if place % 2 else format_html("{}", piece)
            for place, piece in enumerate(pieces)
        )
    )
