"""Documents for clients: what stands on them (paper), how they are set (typst), how they leave the house (delivery)."""
