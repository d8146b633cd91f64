"""The verbs of the billing floor: one module per subject, each act a function named `<verb>_<noun>`."""
