"""Flows as pages: blocks and screens as templates want them, and forms read back into answers. No database here."""
