"""Filters of lists, shared by pages, API and exports."""

from billing.filters.time import EntryFilter

__all__ = ["EntryFilter"]
