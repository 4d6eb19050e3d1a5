"""`manage.py take_mail < message`: for a mail server that hands returned mail to a program."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError

from delivery.receipts.reading import MOST_BYTES
from delivery.receipts.taking import take_mail

# sysexits.h: mail servers keep the mail and try again later.
TRY_AGAIN_LATER = 75


class Command(BaseCommand):
    """Notes what a returned mail says about the message it is about."""

    help = "Reads one mail from standard input: a bounce, a complaint, an automatic answer."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """To whom the mail server delivered it, when it says so."""
        parser.add_argument("--recipient", default="", help="the address the mail came to, such as ${recipient}")

    def handle(self, *_args: Any, recipient: str, **_options: Any) -> None:
        """Read, note, and say in one word what became of it."""
        raw = sys.stdin.buffer.read(MOST_BYTES)
        try:
            effect = take_mail(raw, recipient=recipient)
        except DatabaseError:
            self.stderr.write("The database cannot be reached; keep the mail and try again.")
            sys.exit(TRY_AGAIN_LATER)
        self.stdout.write(effect)
