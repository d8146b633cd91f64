"""Tables of the figures behind charts: one shape that pages show beside a chart and that leaves as CSV and XLSX."""

from loyalty.reports.grids.grid import Grid, Head, Style

__all__ = ["Grid", "Head", "Style"]
