"""What surrounds the Django project on one machine: set-up, embedded servers, supervisor, checks.

Standard library only, and no Django: parts of it run before the virtual environment exists.
"""
