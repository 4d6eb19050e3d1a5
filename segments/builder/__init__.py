"""The builder: a rule as sentences that are edited one token at a time. Pure functions; the server renders."""
