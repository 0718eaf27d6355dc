"""Forgetting pages that changed: at every gate at once, and at a CDN where there is one.

``declaring`` is how a model says which pages print it, ``forgetting`` the door, ``contract`` what a
CDN's adapter must be, ``waiting`` the queue to it.
"""
