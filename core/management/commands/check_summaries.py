"""Does everything that is stored twice for speed still say what its source says? Exit status 1 when it does not."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.derived import checks


class Command(BaseCommand):
    """`manage.py check_summaries [name …] [--repair]`."""

    help = "Compares summaries with what they summarise, in sets, and prints what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which, and whether to put them right."""
        parser.add_argument("names", nargs="*", metavar="name", help="Which checks; all of them when left out.")
        parser.add_argument("--repair", action="store_true", help="Write anew what differs.")

    def handle(self, *_args: Any, names: list[str], repair: bool, **_options: Any) -> None:
        """Say what each check found."""
        known = checks()
        strangers = [name for name in names if name not in known]
        if strangers:
            raise CommandError(f"There is no check {strangers[0]}. There are: {', '.join(known)}.")
        wrong = 0
        for name in names or known:
            started = time.monotonic()
            found = known[name](repair)
            seconds = time.monotonic() - started
            self.stdout.write(f"{name}: {found.compared:,} compared, {found.wrong:,} wrong ({seconds:.1f} s)")
            for example in found.examples:
                self.stdout.write(f"  {example}")
            wrong += found.wrong
        if wrong and repair:
            self.stdout.write("What was wrong was written anew.")
        elif wrong:
            raise CommandError("Not everything says what its source says. --repair writes it anew.")
