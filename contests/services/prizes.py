"""What somebody won at once, and the code of a prize that is one."""

from contests import terms
from contests.models import Attempt, Code, Entry, Winner


def attempt_of(entry: Entry) -> Attempt | None:
    """The entry's try at an instant win, if it had one."""
    return Attempt.objects.filter(entry=entry).first()


def prize_code(winner: Winner) -> str:
    """The code that this winner was given with the claim; "" where there is none."""
    pool = terms.pool_of(terms.settings_of(winner.contest), winner.prize)
    found = Code.objects.filter(entry=winner.entry, pool__key=pool).first() if pool else None
    return str(found.text) if found else ""
