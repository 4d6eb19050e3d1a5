"""`manage.py suppress`: the installation's own do-not-write list, above every workspace's."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent.models import GlobalSuppression, Suppression
from consent.services.global_suppressions import Added, add_everywhere, remove_everywhere
from consent.suppression_file import UNREADABLE, TooManyLines, entry_of, read_list


class Command(BaseCommand):
    """Keeps the installation's own do-not-write list."""

    help = "Addresses and domains that no workspace here writes to: add, remove, import a file, list."

    def add_arguments(self, parser: CommandParser) -> None:
        """One word says what is done."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        add = deeds.add_parser("add", help="one or more addresses or domains")
        add.add_argument("what", nargs="+")
        remove = deeds.add_parser("remove", help="take one or more off")
        remove.add_argument("what", nargs="+")
        bring = deeds.add_parser("import", help="a file with one on each line; - reads standard input")
        bring.add_argument("file")
        for one in (add, bring):
            one.add_argument("--reason", choices=Suppression.Reason.values, default=Suppression.Reason.MANUAL)
            one.add_argument("--note", default="")
        show = deeds.add_parser("list", help="how many there are, and the domains; addresses are kept as digests only")
        show.add_argument("--limit", type=int, default=100)

    def handle(self, *_args: Any, deed: str, **options: Any) -> None:
        """Do it, and say what came of it."""
        {"add": self._add, "remove": self._remove, "import": self._import, "list": self._list}[deed](options)

    def _add(self, options: dict[str, Any]) -> None:
        entries = [entry_of(text) for text in options["what"]]
        wrong = [value for kind, value in entries if kind == UNREADABLE]
        if wrong:
            raise CommandError(f"Neither an address, a domain nor a digest: {', '.join(wrong)}. Nothing was added.")
        self._say(add_everywhere(entries=entries, reason=options["reason"], note=options["note"]))

    def _import(self, options: dict[str, Any]) -> None:
        values = {"reason": options["reason"], "note": options["note"]}
        try:
            if options["file"] == "-":
                self._say(add_everywhere(entries=read_list(sys.stdin.buffer), **values))
                return
            with Path(options["file"]).open("rb") as file:
                self._say(add_everywhere(entries=read_list(file), **values))
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        except TooManyLines:
            raise CommandError("The file has more than a million lines. Nothing was taken in: split it.") from None

    def _say(self, added: Added) -> None:
        self.stdout.write(f"{added.written} new or stronger, {added.unusable} lines left out.")

    def _remove(self, options: dict[str, Any]) -> None:
        try:
            gone = sum(remove_everywhere(text=text) for text in options["what"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{gone} taken off.")

    def _list(self, options: dict[str, Any]) -> None:
        addresses = GlobalSuppression.objects.filter(address_hash__isnull=False).count()
        domains = GlobalSuppression.objects.exclude(domain="").order_by("domain")
        digests = GlobalSuppression.objects.filter(plain_digest__isnull=False).count()
        more = f", {digests} digests of other tools" if digests else ""
        self.stdout.write(f"{addresses} addresses (kept as digests), {domains.count()} domains{more}")
        for row in domains[: options["limit"]]:
            self.stdout.write(f"{row.domain}  {row.reason}  {row.note}".rstrip())
