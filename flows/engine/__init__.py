"""The rules of flows as pure functions: no Django, no HTML, no clock and no chance of their own (docs/flows.md)."""
