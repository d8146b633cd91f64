"""Demo firms: two sellers, their clients and three years of books, the same for the same seed and day."""
