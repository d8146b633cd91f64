"""Forms of the clients floor: they check what a person typed and hand it to a service."""
