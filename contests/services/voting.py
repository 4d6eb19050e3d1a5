"""Votes for entries of a gallery: counted with limits, and left out again when a ring of voters shows."""

from django.db import transaction
from django.db.models import Count

from contests import terms
from contests.identities import Entrant, digest_of
from contests.models import Contest, Entry, Identity, Vote
from contests.services.ledger import locked
from contests.services.limits import keep_identities, refused_by
from core.clock import now

# So many votes, of which so large a part from one network, are looked at by a person.
RING_VOTES, RING_SHARE = 20, 0.6


class CannotVote(ValueError):
    """The vote does not count; `code` is a reason of contests.wording."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def cast_vote(*, entry: Entry, ip: str, user_agent: str) -> Vote:
    """Count one vote. Raises CannotVote. Counting limits and writing are one step: the contest's row is held."""
    contest = locked(entry.contest_id)
    held = Entry.objects.get(pk=entry.pk)
    settings, moment = terms.settings_of(contest), now()
    if not is_voting(contest):
        raise CannotVote("closed")
    if held.status != Entry.Status.VERIFIED or held.display != Entry.Display.SHOWN:
        raise CannotVote("not_eligible")
    known = Entrant(ip=ip, user_agent=user_agent).identities()
    # "entry" limits what one connection gives to one entry.
    known["entry"] = f"{known.get('ip', '')} {held.pk}"
    limits = settings.get("vote_limits") or [{"by": "entry", "max": 1, "per": "day"}]
    full = refused_by(contest=contest, limits=limits, known=known, at=moment, votes=True)
    if full:
        raise CannotVote(f"limit_{full[0]}")
    vote = Vote.objects.create(contest=contest, entry=held, at=moment)
    keep_identities(contest=contest, known=known, at=moment, vote=vote)
    held.votes += 1
    held.save(update_fields=["votes"])
    _look_for_ring(contest, held, known)
    return vote


def is_voting(contest: Contest) -> bool:
    """Whether votes count now: in the time for voting, else while the contest is open."""
    settings, moment = terms.settings_of(contest), now()
    opens = terms.moment(settings, "voting_opens_at" if "voting_opens_at" in settings else "opens_at")
    closes = terms.moment(settings, "voting_closes_at" if "voting_closes_at" in settings else "closes_at")
    return opens <= moment < closes and contest.phase in (Contest.Phase.OPEN, Contest.Phase.CLOSED)


def _look_for_ring(contest: Contest, entry: Entry, known: dict[str, str]) -> None:
    """Flag an entry most of whose votes come from the network of this one: a person looks at it."""
    if "ip_range" not in known or entry.votes < RING_VOTES or "vote_ring" in entry.flags:
        return
    digest = digest_of(contest.group_salt, "ip_range", known["ip_range"])
    same = Identity.objects.filter(contest=contest, kind="ip_range", digest=digest, vote__entry=entry)
    if same.aggregate(number=Count("pk"))["number"] > RING_SHARE * entry.votes:
        entry.flags = [*entry.flags, "vote_ring"]
        entry.save(update_fields=["flags"])
