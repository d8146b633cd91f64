"""Verbs of loyalty: refresh figures, send surveys, record answers, run the stress test."""
