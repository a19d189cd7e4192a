"""Benchmarks: one command, peers side by side, medians and ratios. Run `make bench`."""
