"""REST: contacts, their attributes and timeline, and events."""
