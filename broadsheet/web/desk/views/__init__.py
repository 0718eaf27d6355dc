"""The desk's own pages, beside those that Wagtail brings."""
