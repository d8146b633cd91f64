"""Bank statements: read from the files that banks give, and matched with what clients owe. Pure; no file is trusted."""
