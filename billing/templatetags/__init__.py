"""Words and marks of the billing floor for templates."""
