"""Broadsheet: everything between a story and a renewal."""

__version__ = "0.1.0"
