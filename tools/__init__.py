"""Maintainers' scripts. Nothing here is imported by the application."""
