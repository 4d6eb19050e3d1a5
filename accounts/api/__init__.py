"""What every resource of the REST API shares: keys, scopes, errors, pages, limits, idempotency."""
