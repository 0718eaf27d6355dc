"""The blocks a story's text is made of. Each keeps its id for as long as it stands."""

from __future__ import annotations

import html
import re
import uuid
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.blocks import ImageChooserBlock

PARAGRAPH = re.compile(r"<p\b[^>]*>.*?</p>", re.DOTALL)
EDITOR_KEY = re.compile(r' data-block-key="[^"]*"')
BREAK = re.compile(r"<br\s*/?>|</p>")
TAG = re.compile(r"<[^>]+>")


class PictureChooserBlock(ImageChooserBlock):
    """Fetches a story's pictures together with their cuts: two queries, however many there are."""

    def bulk_to_python(self, values: list[int]) -> list[Any]:
        found = self.model_class.objects.prefetch_related("cuts").in_bulk(values)
        return [found.get(value) for value in values]

    class Meta:
        icon = "image"


class PictureBlock(blocks.StructBlock):
    """A picture inside the text; without a caption of its own it carries the picture's."""

    picture = PictureChooserBlock(label=_("Picture"))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=400)

    class Meta:
        icon = "image"
        label = _("Picture")


class PullQuoteBlock(blocks.StructBlock):
    """Words that stand in the story, set large."""

    quote = blocks.TextBlock(
        label=_("Words"), rows=2, help_text=_("Only words that stand in the story.")
    )
    speaker = blocks.CharBlock(label=_("Who says them"), required=False, max_length=120)

    class Meta:
        icon = "openquote"
        label = _("Pull quote")


class ChartValue(blocks.StructValue):
    """A chart's figures, parsed: ``points`` is a list of (label, figure)."""

    @property
    def points(self) -> list[tuple[str, Decimal]]:
        return parse_points(self.get("rows") or "")

    @property
    def labels(self) -> list[str]:
        return [label for label, _figure in self.points]

    @property
    def values(self) -> list[Decimal]:  # type: ignore[override]
        return [figure for _label, figure in self.points]


def parse_points(rows: str) -> list[tuple[str, Decimal]]:
    """One point a line, ``label = figure``. Raises ``ValueError`` with the line that is wrong."""
    points = []
    for line in filter(None, (line.strip() for line in rows.splitlines())):
        label, equals, figure = line.rpartition("=")
        try:
            points.append((label.strip(), Decimal(figure.strip().replace(",", ""))))
        except InvalidOperation:
            equals = ""
        if not equals or not label.strip():
            raise ValueError(line)
    return points


class ChartBlock(blocks.StructBlock):
    """A small chart drawn by the server from a few figures."""

    title = blocks.CharBlock(label=_("Title"), max_length=120)
    subtitle = blocks.CharBlock(label=_("What is measured"), required=False, max_length=200)
    unit = blocks.CharBlock(label=_("Unit"), required=False, max_length=40)
    rows = blocks.TextBlock(
        label=_("Figures"), rows=6, help_text=_("One point a line, for example: 2019 = 11")
    )
    mark = blocks.CharBlock(
        label=_("Mark from"),
        required=False,
        max_length=60,
        help_text=_("A label from the figures."),
    )
    note = blocks.CharBlock(label=_("Words at the mark"), required=False, max_length=120)
    source = blocks.CharBlock(label=_("Source"), required=False, max_length=200)

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        try:
            labels = cleaned.labels
        except ValueError as error:
            said = _("This line is not “label = figure”: %(line)s") % {"line": error}
            raise StructBlockValidationError({"rows": ValidationError(said)}) from error
        if len(labels) < 2:  # noqa: PLR2004
            raise StructBlockValidationError(
                {"rows": ValidationError(_("A chart needs at least two figures."))}
            )
        if cleaned["mark"] and cleaned["mark"] not in labels:
            raise StructBlockValidationError(
                {"mark": ValidationError(_("No figure has this label."))}
            )
        return cleaned

    class Meta:
        icon = "decimal"
        label = _("Chart")
        value_class = ChartValue


class BodyBlocks(blocks.StreamBlock):
    """What a story's text may hold."""

    paragraph = blocks.RichTextBlock(
        features=["bold", "italic", "link", "ul", "ol"], icon="pilcrow", label=_("Paragraph")
    )
    crosshead = blocks.CharBlock(max_length=120, icon="title", label=_("Crosshead"))
    pull_quote = PullQuoteBlock()
    picture = PictureBlock()
    chart = ChartBlock()


def words_in(text: str) -> int:
    """How many words a piece of HTML or plain text holds."""
    if text.startswith("<p>") and text.find("<", 3) == len(text) - 4:
        text = text[3:-4]  # an ordinary paragraph, which most are
    if "<" in text:
        text = TAG.sub("", BREAK.sub(" ", text))
    if "&" in text:
        text = html.unescape(text)
    return len(text.split())


def count_block_words(block: Any) -> int:
    """The words of one block of running text; pictures, quotes and charts hold none."""
    if block.block_type == "paragraph":
        return words_in(block.value.source)
    if block.block_type == "crosshead":
        return words_in(block.value)
    return 0


def _is_text(block: dict[str, Any]) -> bool:
    return isinstance(block["value"], str)


def split_paragraphs(raw: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each paragraph a block of its own; the first keeps the id, the others derive theirs.

    The editor's own marks in the markup are dropped: they are not text.
    """
    parted: list[dict[str, Any]] = []
    for given in raw:
        block = given | {"value": EDITOR_KEY.sub("", given["value"])} if _is_text(given) else given
        pieces = PARAGRAPH.findall(block["value"]) if block["type"] == "paragraph" else []
        if len(pieces) < 2 or "".join(pieces) != block["value"].strip():  # noqa: PLR2004
            parted.append(block)
            continue
        first = block.get("id") or str(uuid.uuid4())
        ids = [first] + [
            str(uuid.uuid5(uuid.NAMESPACE_OID, f"{first}/{place}"))
            for place in range(1, len(pieces))
        ]
        parted += [
            {"type": "paragraph", "value": piece, "id": key}
            for piece, key in zip(pieces, ids, strict=True)
            if words_in(piece)
        ]
    return parted
