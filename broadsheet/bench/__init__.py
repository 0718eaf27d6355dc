"""Benchmarks that compare this house with a known yardstick on the same machine, in turns."""
