"""Everything around the product: it starts and stops the parts, before and without Django."""
