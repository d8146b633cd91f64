"""Probability models of who stays and who buys again, and what that is worth.

Retainers: shifted-beta-geometric. Ad-hoc work: MBG/NBD with Gamma-Gamma. Yearly yes or no: BG/BB. BG/NBD and
Pareto/NBD are here for comparison only. Parameters are plain tuples, data are numpy arrays, time has one unit
throughout (months for the firm). Nothing here reads a clock or draws without a stated seed.
"""
