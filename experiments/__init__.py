"""Honest answers from comparing random groups of people. Numbers in, numbers out: nothing here knows what was sent."""
