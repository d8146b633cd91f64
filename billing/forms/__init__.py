"""What people fill in about agreements, hours and money."""
