"""A plain reading of rules in Python, written from the description of the language alone, to hold the SQL against.

Slow and obvious on purpose: one person after the other, one node after the other, no short cuts. It reads universes in
the form of the vectors, whose members it must find as well.
"""

from tests.segments.oracle.reading import Oracle

__all__ = ["Oracle"]
