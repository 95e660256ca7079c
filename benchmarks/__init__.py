"""Benchmarks: `python -m benchmarks` prints ratios, both sides measured in one run and their numbers compared."""
