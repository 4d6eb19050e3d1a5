"""`manage.py load_demo`: the workspace “Kea Cabins” to play in."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from dashboard.demo.loader import load_demo


class Command(BaseCommand):
    """Loads the demo once, or again with --reset."""

    requires_system_checks = ()
    help = "Make the demo workspace unless it is there. --reset makes its contents anew; sign-in and key stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--reset."""
        parser.add_argument("--reset", action="store_true", help="make the contents of the demo workspace anew")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how to get in."""
        begun = time.monotonic()
        credentials = load_demo(reset=options["reset"])
        self.stdout.write(f"Demo workspace ready after {time.monotonic() - begun:.1f} s.")
        self.stdout.write(f"Sign in  {credentials.email} / {credentials.password}")
        self.stdout.write(f"API key  {credentials.api_key}")
