"""Who is ahead, under names that give nobody away."""

from django.db.models import Count, Q

from contests import terms
from contests.models import Contest, Entry

DEFAULT_TOP, MOST = 10, 100


def leaders_of(contest: Contest) -> list[tuple[int, str, int]]:
    """(place, name, number) of the best entries by the leaderboard's metric; who is equal shares a place."""
    board = terms.settings_of(contest).get("leaderboard") or {}
    metric = str(board.get("metric", "tickets"))
    top = min(int(board.get("top") or DEFAULT_TOP), MOST)
    rows = Entry.objects.filter(contest=contest, status=Entry.Status.VERIFIED).select_related("contact")
    if metric == "referrals":
        rows = rows.annotate(number=Count("referred", filter=Q(referred__is_credited=True)))
    ordered = rows.order_by("-number" if metric == "referrals" else f"-{metric}", "verified_at", "entry_ref")
    found: list[tuple[int, str, int]] = []
    for count, entry in enumerate(ordered[:top], 1):
        number = int((entry.number if metric == "referrals" else getattr(entry, metric)) or 0)
        if not number:
            break
        place = found[-1][0] if found and found[-1][2] == number else count
        found.append((place, shown_name(entry, str(board.get("name_format", "masked"))), number))
    return found


def shown_name(entry: Entry, name_format: str) -> str:
    """A name for everybody's eyes: `Ann K.` with `first_initial`, `A…` masked, the whole one only with `full`.

    Somebody without a name is known by the first letters of their entry's name in the lists.
    """
    contact = entry.contact
    first = (contact.first_name if contact else "").strip()
    last = (contact.last_name if contact else "").strip()
    if not first:
        return entry.entry_ref[:8]
    if name_format == "full":
        return f"{first} {last}".strip()
    if name_format == "first_initial":
        return f"{first} {last[:1]}.".strip() if last else first
    return f"{first[:1]}…"
