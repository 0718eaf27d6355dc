"""The gate: a small WSGI program in front of Django that decides each view of a story."""
