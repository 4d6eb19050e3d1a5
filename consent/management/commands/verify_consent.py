"""Is the consent ledger whole? Exit status 1 when it is not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Workspace
from consent.check_wording import problem_sentence
from consent.models import ConsentSeal
from consent.services.verification import read_by_hand, verify_ledger


class Command(BaseCommand):
    """`manage.py verify_consent [workspace] [--independent]`."""

    help = "Reads the consent ledger again: is every line as it was written, and is none gone?"

    def add_arguments(self, parser: CommandParser) -> None:
        """Which workspace, and how."""
        parser.add_argument("workspace", nargs="?", help="Its address (slug); all of them when left out.")
        parser.add_argument(
            "--independent", action="store_true", help="Compute each line without the database's own functions. Slow."
        )

    def handle(self, *_args: Any, workspace: str | None, independent: bool, **_options: Any) -> None:
        """Say what was found, a workspace at a time."""
        chosen = Workspace.objects.order_by("id")
        if workspace:
            chosen = chosen.filter(slug=workspace)
            if not chosen.exists():
                raise CommandError(f"There is no workspace called {workspace}.")
        broken = sum(not self._is_whole(one, independent) for one in chosen)
        if broken:
            raise CommandError("The record is not intact.")

    def _is_whole(self, workspace: Workspace, independent: bool) -> bool:
        findings = verify_ledger(workspace_id=workspace.pk)
        if independent:
            for row, kind in read_by_hand(workspace_id=workspace.pk):
                findings.add(kind, row.at, record=str(row.public_id))
        state = "all intact" if findings.is_whole else f"{findings.problem_count} problems"
        self.stdout.write(
            f"{workspace.slug}: {findings.records} lines, {findings.people} people, {findings.seals} seals, {state}"
        )
        last = ConsentSeal.objects.filter(workspace=workspace).last()
        if last:
            self.stdout.write(f"  last seal {last.number}: {bytes(last.hash).hex()}")
        for problem in findings.problems:
            self.stdout.write(f"  {problem_sentence(problem)} ({problem.get('record') or problem.get('seal') or '?'})")
        return findings.is_whole
