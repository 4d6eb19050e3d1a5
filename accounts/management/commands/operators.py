"""`manage.py operators`: who runs this installation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import AccountsError
from accounts.models import User
from accounts.services.operators import set_operator


class Command(BaseCommand):
    """Says who runs the installation, and changes it."""

    help = "People who may change what holds for every workspace: add, remove, list."

    def add_arguments(self, parser: CommandParser) -> None:
        """One word says what is done."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        for deed, about in (("add", "an account becomes one"), ("remove", "an account is one no longer")):
            deeds.add_parser(deed, help=about).add_argument("email")
        deeds.add_parser("list", help="who they are")

    def handle(self, *_args: Any, deed: str, **options: Any) -> None:
        """Do it, and say what came of it."""
        if deed == "list":
            for email in User.objects.filter(is_operator=True).order_by("email").values_list("email", flat=True):
                self.stdout.write(email)
            return
        try:
            user = set_operator(email=options["email"], is_operator=deed == "add")
        except AccountsError as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        said = "runs this installation now" if user.is_operator else "does not run this installation any more"
        self.stdout.write(f"{user.email} {said}.")
