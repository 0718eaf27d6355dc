"""Django-side pipes that every room uses; no word of the trade lives here."""
