"""Where static files are laid out: names with a fingerprint, packed ahead of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc, unused-ignore]
    """Packs only the names that pages ask for; plain names, kept for error pages, stay as they are."""

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        return super().compress_files(set(paths) & set(self.hashed_files.values()))  # type: ignore[no-any-return]
