"""The Bank of Kadalpur: a stand-in payment company. A program of its own, with its own file.

It imports nothing of ours, only the standard library; the paper reaches it over HTTP, always.
"""
