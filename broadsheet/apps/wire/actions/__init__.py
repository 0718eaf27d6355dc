"""What is done with copy from outside, one deed a file."""

from broadsheet.apps.wire.actions.importing import CannotImport, Imported, Noted, import_stories

__all__ = ["CannotImport", "Imported", "Noted", "import_stories"]
