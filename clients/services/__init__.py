"""The verbs of the clients floor: one module per subject, each act a function named `<verb>_<noun>`."""
