"""Benchmarks: the product against floors in one run, alternating, as ratios with their range and CPU per request."""
