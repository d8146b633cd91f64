"""How long clients will stay: surveys and the snapshots of value, loyalty and concentration."""
