"""What every API resource shares: tokens, rights, errors, idempotency, pages and ETags."""
