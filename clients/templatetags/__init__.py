"""Marks of the clients floor for templates; the library is built in."""
