"""How many contacts there are, or match: exactly where that is quick, else about."""

import json
from dataclasses import dataclass

from django.db import connection

from accounts.models import Workspace
from contacts.models import Contact
from contacts.text_search import Condition

EXACT_UP_TO = 10_000
SAMPLED = 20_000  # rows; what one in a hundred people has is then guessed to within a tenth, mostly


@dataclass(frozen=True)
class Sample:
    """A random part of the pages of contacts_contact: `sql` stands behind its name, `share` is 1 for everybody.

    The same sample comes again until the table changes, so that a number does not jump while somebody turns pages.
    """

    sql: str
    share: float

    def grown(self, found: int, at_least: int) -> int:
        """What `found` in the sample makes of everybody, in two figures."""
        return max(_rounded(int(found / self.share)), at_least)


EVERYBODY = Sample("", 1.0)


def sample_of_contacts() -> Sample:
    """A sample of about SAMPLED contacts of all workspaces, by the planner's notion of how many there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = 'contacts_contact'::regclass")
        share = min(1.0, SAMPLED / float(cursor.fetchone()[0]))
    return Sample(f" TABLESAMPLE SYSTEM ({share * 100:.6f}) REPEATABLE (1)", share)


def count_contacts(workspace: Workspace) -> tuple[int, bool]:
    """How many contacts the workspace has, and whether exactly: beyond EXACT_UP_TO it is the planner's estimate."""
    some = Contact.objects.in_workspace(workspace).values("pk")[: EXACT_UP_TO + 1].count()
    if some <= EXACT_UP_TO:
        return some, True
    return estimate_people(workspace.pk, Condition("true"), at_least=EXACT_UP_TO)


def estimate_people(workspace_id: int, test: Condition, *, at_least: int) -> tuple[int, bool]:
    """The planner's guess of how many contacts `c` pass the test, and that it is one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (FORMAT JSON) SELECT 1 FROM contacts_contact c WHERE workspace_id = %s AND {test.sql}",  # noqa: S608 - from code
            [workspace_id, *test.params],
        )
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return max(_rounded(int(plan[0]["Plan"]["Plan Rows"])), at_least), False


def _rounded(number: int) -> int:
    return round(number, -max(0, len(str(number)) - 2))
