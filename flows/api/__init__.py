"""REST: flows, what came of them, and sessions run by a program."""
