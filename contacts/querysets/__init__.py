"""Reads of what contacts keep."""
