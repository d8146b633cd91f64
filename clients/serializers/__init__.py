"""Resources of the clients floor as JSON, by the contract; what the caller may not see is null."""
