"""Tests that walk every address of a small demo firm."""
