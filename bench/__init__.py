"""Benchmarks: ratios side by side in one run, per processor-second, medians. `make bench` writes docs/benchmarks.md."""
