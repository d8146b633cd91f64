"""Lists as files: one column spec gives CSV and XLSX, in the reader's locale or for machines, safe from formulas."""

from crm.exports.columns import Column, Kind, Table
from crm.exports.dialects import Dialect, dialect_for
from crm.exports.responses import export_response

__all__ = ["Column", "Dialect", "Kind", "Table", "dialect_for", "export_response"]
