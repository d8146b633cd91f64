"""What goes out by mail from this floor."""
