"""Opening: what a contest promises is fixed and published before anybody enters."""

import datetime as dt
import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from contests import terms
from contests.models import Contest, Document
from contests.official_rules import rules_text
from contests.services.documents import publish_document
from contests.services.keeping_out import require_segments
from flows.answers import FlowProblem
from flows.documents import compiled
from flows.engine.draw import opening_document, sha256
from flows.models import Flow, FlowVersion
from flows.services import draft_of, save_draft


class NothingToSeal(ValueError):
    """The draft has no instant win with dates and prizes, so there are no moments to make."""


def contest_of(flow: Flow) -> Contest:
    """The contest behind a flow, made with fresh secrets when it is asked for first."""
    fresh = {
        "workspace_id": flow.workspace_id,
        "server_seed": secrets.token_hex(32),
        "group_salt": secrets.token_hex(16),
        "moments_seed": secrets.token_hex(32),
    }
    contest, _is_new = Contest.objects.get_or_create(flow=flow, defaults=fresh)
    contest.flow = flow
    return contest


@transaction.atomic
def seal_moments(*, flow: Flow, actor: User | None) -> Flow:
    """Fix the moments that win for the draft as it is, and write their hash into it. Raises NothingToSeal."""
    document = draft_of(flow)
    settings = (document or {}).get("contest") or {}
    if settings.get("selection") != terms.INSTANT or not settings.get("prizes"):
        raise NothingToSeal
    contest = contest_of(flow)
    try:
        digest = sha256(terms.sealed_moments(contest, settings))
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        raise NothingToSeal from error
    settings["instant_win"] = {**(settings.get("instant_win") or {}), "moments_sha256": digest}
    settings["instant_win"]["mode"] = "scheduled_moments"
    record_audit(workspace=flow.workspace, actor=actor, action="contest.moments_sealed", target=flow.name)
    return save_draft(flow=flow, actor=actor, document=document)


def open_contest(flow: Flow, version: FlowVersion) -> None:
    """Take part in publishing: promise the terms, or see that those promised stay. Raises FlowProblem.

    While nobody has entered other terms may be promised; the earlier opening stays published, with its number.
    """
    settings = compiled(version).contest
    found = Contest.objects.filter(flow=flow).exists()
    if settings is None:
        if found and contest_of(flow).phase != Contest.Phase.DRAFT:
            raise FlowProblem(_("This flow has promised a contest. It cannot become something else."), "/contest")
        return
    contest_of(flow)
    contest = Contest.objects.select_for_update(of=("self",)).get(flow=flow)
    contest.flow = flow
    if contest.phase != Contest.Phase.DRAFT:
        if terms.settings_of(contest) == settings:
            return
        if contest.phase != Contest.Phase.OPEN or contest.entry_count:
            raise FlowProblem(
                _("People have entered already, so the dates, prizes and rules of the contest stay as they are."),
                "/contest",
            )
    _promise(contest, settings, version)


def _promise(contest: Contest, settings: terms.Settings, version: FlowVersion) -> None:
    if settings.get("verification") == "sms_code":
        raise FlowProblem(_("Codes by text message cannot be sent. Choose a link or a code by e-mail."), "/contest")
    require_segments(contest, settings)
    if not contest.server_seed or not contest.group_salt or not contest.moments_seed:
        raise FlowProblem(_("The secrets of this contest cannot be read: SECRET_KEY was changed."), "/contest")
    workspace, ready = contest.flow.workspace, compiled(version)
    body = rules_text(contest.flow.name, workspace.postal_address, ready, ready.default_locale)
    if settings["selection"] == terms.INSTANT:
        sealed = sha256(terms.sealed_moments(contest, settings))
        if (settings.get("instant_win") or {}).get("moments_sha256") != sealed:
            raise FlowProblem(
                _("Dates or prizes changed since the winning moments were sealed. Seal them again."),
                "/contest/instant_win/moments_sha256",
            )
    rules = publish_document(contest=contest, kind=Document.Kind.RULES, body=body)
    promised = opening_document(terms.draw_terms(contest, rules.sha256, settings=settings))
    publish_document(contest=contest, kind=Document.Kind.OPENING, body=promised)
    contest.version, contest.phase = version, Contest.Phase.OPEN
    contest.opens_at, contest.closes_at = terms.moment(settings, "opens_at"), terms.moment(settings, "closes_at")
    contest.draws_at = terms.draws_at(settings)
    contest.next_at = min(contest.closes_at, contest.opens_at + dt.timedelta(days=1))
    contest.save()
