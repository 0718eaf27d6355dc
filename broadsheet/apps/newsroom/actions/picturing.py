"""Bringing pictures in, with the sizes they were made at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.files.base import ContentFile
from django.db import transaction

from broadsheet.apps.newsroom.models import Picture, PictureCut, PictureKind


@dataclass(frozen=True, slots=True)
class CutFile:
    """One ready-made size: ``width`` and ``height`` in CSS pixels, ``density`` pixels to each."""

    cut: str
    width: int
    height: int
    density: int
    path: Path


def import_picture(
    *,
    title: str,
    original: Path,
    cuts: Sequence[CutFile] = (),
    kind: PictureKind = PictureKind.ILLUSTRATION,
    alt: str = "",
    caption: str = "",
    credit: str = "",
) -> Picture:
    """Keep a picture and its cuts; known by ``title``. A cut that is there already is left alone."""
    with transaction.atomic():
        picture: Picture | None = Picture.objects.filter(title=title).first()
        if picture is None:
            picture = Picture(title=title, kind=kind, alt=alt, caption=caption, credit=credit)
            picture.file = ContentFile(original.read_bytes(), name=original.name)
            picture._set_image_file_metadata()  # noqa: SLF001 - Wagtail has no public door
            picture.save()
        there = set(picture.cuts.values_list("cut", "density"))
        for made in cuts:
            if (made.cut, made.density) in there:
                continue
            row = PictureCut(
                picture=picture,
                cut=made.cut,
                width=made.width,
                height=made.height,
                density=made.density,
            )
            row.file.save(made.path.name, ContentFile(made.path.read_bytes()), save=False)
            row.save()
    return picture
