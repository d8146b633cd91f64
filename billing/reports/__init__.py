"""What pages show of billing beyond single rows: statements, forecasts, summaries."""
