"""Pages of the clients floor: HTTP in, HTTP out, one service call between."""
