"""What pages show, gathered in a constant number of statements; nothing here writes."""
