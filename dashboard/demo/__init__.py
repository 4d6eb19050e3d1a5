"""The demo workspace “Kea Cabins”: an invented company in New Zealand that lets cabins.

Everything is made by a fixed seed and written set-based in a few seconds; only the times follow the clock.
"""
