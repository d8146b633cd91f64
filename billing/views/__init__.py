"""Pages of billing, one module per subject."""
