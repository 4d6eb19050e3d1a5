"""Figures: what Rapport does in a second, measured on a database of its own."""
