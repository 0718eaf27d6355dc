"""Which file of a picture stands where.

A drawn picture is a screen of dots: it has a ready-made file for each size of use and is cropped,
never scaled. A photograph is scaled by Wagtail to the same sizes. Each role lists its sources from
the narrowest window up; the last, without a window, is the one for all the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from broadsheet.apps.newsroom.models import Picture, PictureKind

SIZES: dict[str, tuple[int, int]] = {
    "wide": (1312, 700),
    "front": (956, 560),
    "lead": (640, 440),
    "phone": (390, 292),
    "column": (304, 202),
    "thumb": (120, 90),
    "share": (1200, 630),
    "portrait": (112, 112),
    "portrait-small": (72, 72),
}
_FULL_BLEED = ((390, "phone"), (640, "lead"))
ROLES: dict[str, tuple[tuple[int, str], ...]] = {
    "lead": (*_FULL_BLEED, (859, "front"), (0, "lead")),
    "large": (*_FULL_BLEED, (0, "front")),
    "feature": (*_FULL_BLEED, (1020, "front"), (0, "wide")),
    "beside": (*_FULL_BLEED, (859, "front"), (0, "lead")),
    "offer": (*_FULL_BLEED, (859, "front"), (0, "wide")),
    "text": ((390, "phone"), (0, "lead")),
    "card": ((559, "thumb"), (859, "phone"), (0, "column")),
    "thumb": ((0, "thumb"),),
    "portrait": ((0, "portrait"),),
    "portrait-small": ((0, "portrait-small"),),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One file for windows up to ``up_to`` CSS pixels (0: any), with its dense twin if there is one."""

    up_to: int
    width: int
    height: int
    url: str
    dense_url: str = ""

    @property
    def srcset(self) -> str:
        return f"{self.url} 1x, {self.dense_url} 2x" if self.dense_url else self.url


def list_sources(picture: Picture, role: str) -> list[Source]:
    """The sources of ``picture`` for a role of ``ROLES``, narrowest first; never empty."""
    return list(_sources(picture, ROLES[role]))


def draw_picture(picture: Picture, role: str, *, alt: str = "", eager: bool = False) -> SafeString:
    """The ``<picture>`` element; ``eager`` for the one that stands at the top of its page."""
    sources = list_sources(picture, role)
    last = sources[-1]
    how = 'fetchpriority="high"' if eager else 'loading="lazy" decoding="async"'
    narrow = format_html_join(
        "",
        '<source media="(max-width:{}px)" srcset="{}" width="{}" height="{}">',
        ((s.up_to, s.srcset, s.width, s.height) for s in sources[:-1]),
    )
    image = format_html(
        '<img src="{}"{} width="{}" height="{}" alt="{}" {}>',
        last.url,
        format_html(' srcset="{}"', last.srcset) if last.dense_url else "",
        last.width,
        last.height,
        alt,
        SafeString(how),
    )
    if role.startswith("portrait"):
        big = " face--big" if role == "portrait" else ""
        return format_html('<picture class="face{}">{}</picture>', big, image)
    kind = "pic print" if is_drawn(picture) else "pic"
    return format_html('<picture class="{}">{}{}</picture>', kind, narrow, image)


def find_share_url(picture: Picture) -> str:
    """The file that a link preview shows."""
    return list(_sources(picture, ((0, "share"),)))[-1].url


def is_drawn(picture: Picture) -> bool:
    """Whether the picture has ready-made cuts, so that its dots must not be scaled."""
    return picture.kind != PictureKind.PHOTOGRAPH and bool(picture.cuts.all())


def _sources(picture: Picture, wanted: tuple[tuple[int, str], ...]) -> Iterator[Source]:
    for up_to, cut in wanted:
        made = picture.find_cut(cut)
        if made:
            dense = picture.find_cut(cut, 2)
            yield Source(
                up_to, made.width, made.height, made.file.url, dense.file.url if dense else ""
            )
        elif not picture.cuts.all() or up_to == 0:
            width, height = SIZES[cut]
            scaled = picture.get_rendition(f"fill-{width}x{height}")
            yield Source(up_to, width, height, scaled.url)
