"""What pages and API show of loyalty: figures read from snapshots and rollups, ready for a template or JSON."""
