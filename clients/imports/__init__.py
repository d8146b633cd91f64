"""Import of CSV and XLSX: read, map, check, show, and only then write; upper floors register kinds of their own."""
