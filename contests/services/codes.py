"""Codes to give away: uploaded into pools, each given once."""

import hashlib

from django.db import transaction

from accounts.models import User, Workspace
from accounts.services import record_audit
from contests.models import Code, CodePool, Entry
from core.clock import now
from core.crypto import signature
from flows.effects import Effect, Occasion

MOST_AT_ONCE = 100_000
LONGEST_CODE = 200


class CodeProblem(ValueError):
    """Codes that cannot be taken: too many, too long, or none."""


@transaction.atomic
def add_codes(*, workspace: Workspace, key: str, text: str, actor: User) -> tuple[CodePool, int, int]:
    """Add one code a line to a pool; returns the pool, how many are new, how many were there. Raises CodeProblem."""
    wanted = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not wanted:
        raise CodeProblem("none")
    if len(wanted) > MOST_AT_ONCE:
        raise CodeProblem("too_many")
    if any(len(code) > LONGEST_CODE or not code.isprintable() for code in wanted):
        raise CodeProblem("unreadable")
    pool, _is_new = CodePool.objects.get_or_create(workspace=workspace, key=key)
    before = pool.codes.count()
    rows = [Code(pool=pool, text=code, digest=_digest(pool, code)) for code in wanted]
    Code.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2_000)
    added = pool.codes.count() - before
    record_audit(workspace=workspace, actor=actor, action="codes.added", target=key, detail={"number": added})
    return pool, added, len(wanted) - added


def issue_code(occasion: Occasion, effect: Effect) -> None:
    """Take the effect `issue_code`: give the session one code of the pool, once. An empty pool gives none.

    Two sessions at once take different codes: rows that are locked are passed over.
    """
    session = occasion.session
    pool = CodePool.objects.filter(workspace_id=session.workspace_id, key=str(effect["pool"])).first()
    if pool is None or Code.objects.filter(session=session, pool=pool).exists():
        return
    free = Code.objects.filter(pool=pool, given_at__isnull=True).select_for_update(skip_locked=True).order_by("pk")
    code = free.first()
    if code is not None:
        code.given_at, code.session, code.contact = now(), session, session.contact
        code.save(update_fields=["given_at", "session", "contact"])


@transaction.atomic
def give_code(*, entry: Entry, key: str) -> str:
    """The code of a prize for an entry, the same one when asked again; "" when the pool is empty."""
    given = Code.objects.filter(entry=entry, pool__key=key).first()
    if given is not None:
        return str(given.text)
    free = Code.objects.filter(pool__workspace=entry.workspace_id, pool__key=key, given_at__isnull=True)
    code = free.select_for_update(of=("self",), skip_locked=True).order_by("pk").first()
    if code is None:
        return ""
    Code.objects.filter(pk=code.pk).update(given_at=now(), entry=entry, contact=entry.contact_id)
    return str(code.text)


def codes_of(session_id: int) -> list[Code]:
    """The codes a session was given, to show them."""
    return list(Code.objects.filter(session_id=session_id).select_related("pool").order_by("pk"))


def _digest(pool: CodePool, code: str) -> bytes:
    """Keyed, so that the digest tells nobody a short code."""
    return signature("prize code", hashlib.sha256(f"{pool.pk}:{code}".encode()).digest(), 16)
