#!/usr/bin/env python
"""Django's command line, in the environment that `make run` set up."""

import os
import sys


def main() -> None:
    """Run a management command; outside production the embedded services are found by themselves."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if "DATABASE_URL" not in os.environ:
        from stack.environment import load_development_environment

        load_development_environment(os.environ.get("DATA_DIR", ".data"))
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
