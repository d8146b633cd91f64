"""Formats, marks and components for templates; all three libraries are built in, no {% load %} needed."""
