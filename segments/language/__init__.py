"""The segment rule language, version 1: a rule is data, checked, printed, read and compiled here.

Nothing in this package knows Django or touches a database. The specification lives in ``docs/segments.md``.
"""
