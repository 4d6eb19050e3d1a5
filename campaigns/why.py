"""Why did she not get it? Everything that is known of one person and one campaign, in plain sentences."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.advice import advice_for
from campaigns.models import Campaign, CampaignVariant
from campaigns.preflight.audience import audience_of_people
from contacts.models import Contact
from core.clock import now
from core.formatting import absolute_time
from delivery.brakes import brakes_of
from delivery.models import Dispatch, Message, MessageFact
from delivery.services import AudiencePreview, reason_label
from delivery.services.going_out import going_out
from segments.builder.labels import labels_of
from segments.builder.reasons import reasons_of
from segments.language.problems import RuleError
from segments.services import explain_contact

Status = Message.Status


@dataclass(frozen=True)
class Answer:
    """`title` in one sentence, `sentences` with what is known, `advice` with what to do; both may be empty.

    `code` is for programs, `message` the message where there is one. `tone` is ok, warn or bad. `occurrence` is which
    time of a campaign it is about that went out more than once.
    """

    code: str
    title: str
    tone: str = "warn"
    sentences: list[str] = field(default_factory=list)
    advice: str = ""
    message: Message | None = None
    occurrence: dt.datetime | None = None


def why(campaign: Campaign, contact: Contact) -> list[Answer]:
    """One answer, or one for each of the last times of a campaign that goes out again and again."""
    rows: dict[int | None, list[Message]] = {}
    for row in _messages(campaign, contact):
        rows.setdefault(row.dispatch_id, []).append(row)
    dispatches = _dispatches(campaign)
    if not dispatches:
        return [_not_started(campaign, contact)]
    answers = [
        _of_messages(rows[dispatch.pk]) if dispatch.pk in rows else _not_meant(campaign, contact, dispatch)
        for dispatch in dispatches
    ]
    if len(dispatches) > 1:
        return [replace(answer, occurrence=one.occurrence) for answer, one in zip(answers, dispatches, strict=True)]
    return answers


def _dispatches(campaign: Campaign) -> list[Dispatch]:
    rows = Dispatch.objects.filter(source_kind="campaign", source_id=campaign.pk, workspace=campaign.workspace)
    return list(rows.order_by("-occurrence", "-id")[:5])


def _messages(campaign: Campaign, contact: Contact) -> Iterable[Message]:
    ids = [dispatch.pk for dispatch in _dispatches(campaign)]
    return Message.objects.filter(dispatch__in=ids, contact=contact).select_related("dispatch").order_by("step")


def _of_messages(rows: list[Message]) -> Answer:
    """The answer for one person, who may have been two when the campaign started (delivery.merge_hook)."""
    row = min(rows, key=lambda one: (_NEAREST.get(one.status, len(_NEAREST)), one.reason == "merged", -one.step))
    answer = _TELLERS.get(row.status, _on_its_way)(row)
    others = [one for one in rows if one is not row]
    if any(one.status == Status.SENT for one in others):
        answer.sentences.append(_("It was sent to them twice: it went out before two contacts were merged into one."))
    elif others:
        answer.sentences.append(_("Two contacts were merged into this one, so that only one message was meant to go."))
    return answer


def _sent(row: Message) -> Answer:
    facts = MessageFact.objects.filter(message=row).exclude(verdict="machine")
    seen = {fact.action: fact.at for fact in facts.order_by("-at")}
    at = absolute_time(row.settled_at) if row.settled_at else "–"
    sentences = [
        _("Their mail server accepted it on %(time)s, for %(address)s.") % {"time": at, "address": row.recipient}
    ]
    if row.variant:
        sentences.append(_("They got version %(letter)s.") % {"letter": CampaignVariant(position=row.variant).letter})
    for action, words in _AFTERWARDS.items():
        if action in seen:
            sentences.append(str(words) % {"time": absolute_time(seen[action])})
    if "bounced" in seen:
        return Answer("bounced", _("It was sent, but came back later"), "bad", sentences, advice_for("bounced"), row)
    if "clicked" in seen or "opened" in seen:
        first = seen.get("clicked") or seen["opened"]
        sentences.append(_("Somebody opened it or clicked in it on %(time)s.") % {"time": absolute_time(first)})
        return Answer("read", _("It was sent and read"), "ok", sentences, "", row)
    if not row.is_tracked:
        sentences.append(_("Whether they opened it is not noted: they did not agree to that."))
    return Answer("sent", _("It was sent"), "ok", sentences, advice_for("sent"), row)


def _left_out(row: Message) -> Answer:
    title = _("It was not sent to them: %(reason)s") % {"reason": reason_label(row.reason)}
    at = absolute_time(row.settled_at) if row.settled_at else "–"
    sentences = [_("That was found on %(time)s.") % {"time": at}]
    return Answer(row.reason or row.status, title, "warn", sentences, advice_for(row.reason), row)


def _failed(row: Message) -> Answer:
    title = _("It could not be delivered: %(reason)s") % {"reason": reason_label(row.reason)}
    sentences = [_("Their server said: “%(words)s”") % {"words": row.detail}] if row.detail else []
    return Answer(row.reason or row.status, title, "bad", sentences, advice_for(row.reason), row)


def _unknown(row: Message) -> Answer:
    sentences = [
        _("The server went quiet after the text, so it may have arrived or not. It is not sent twice by itself.")
    ]
    return Answer("unknown", _("Nobody knows whether it arrived"), "warn", sentences, advice_for("no_reply"), row)


def _cancelled(row: Message) -> Answer:
    return Answer("cancelled", _("The campaign was stopped before it was their turn"), "warn", [], "", row)


def _on_its_way(row: Message) -> Answer:
    dispatch = row.dispatch
    if dispatch is not None and dispatch.status == Dispatch.Status.PAUSED:
        sentences = [dispatch.pause_reason] if dispatch.pause_reason else []
        return Answer(
            "paused",
            _("It waits, because the campaign is paused"),
            "warn",
            sentences,
            advice_for("paused_campaign"),
            row,
        )
    sentences = []
    if row.reason:
        sentences.append(_("It waits: %(reason)s.") % {"reason": reason_label(row.reason)})
    if row.due_at > now() + dt.timedelta(minutes=1):
        sentences.append(_("Their turn comes on %(time)s.") % {"time": absolute_time(row.due_at)})
        return Answer("not_yet", _("Their time has not come yet"), "ok", sentences, "", row)
    if row.detail:
        sentences.append(_("Their server said: “%(words)s” It is tried again.") % {"words": row.detail})
    if dispatch is not None:
        sentences += _what_slows(dispatch, row.receiver)
    return Answer("waiting", _("It is on its way"), "ok", sentences, "", row)


def _what_slows(dispatch: Dispatch, receiver: int) -> list[str]:
    """What holds the campaign back now, without what is about other people's mailboxes."""
    found = next(iter(going_out(dispatch.workspace, only=dispatch.pk)), None)
    if found is None:
        return []
    found.lanes = [lane for lane in found.lanes if lane.receiver == receiver]
    return [brake.text for brake in brakes_of(found) if brake.code != "later_times"]


# Of two messages to one person the one that came further is told about.
_NEAREST: dict[str, int] = {Status.SENT: 0, Status.UNKNOWN: 1, Status.SENDING: 2, Status.CLAIMED: 3, Status.PENDING: 3}
_AFTERWARDS = {
    "unsubscribed": gettext_lazy("They unsubscribed with it on %(time)s."),
    "complained": gettext_lazy("They called it spam on %(time)s."),
}
_TELLERS: dict[str, Callable[[Message], Answer]] = {
    Status.SENT: _sent,
    Status.SKIPPED: _left_out,
    Status.FAILED: _failed,
    Status.UNKNOWN: _unknown,
    Status.CANCELLED: _cancelled,
}


def _not_started(campaign: Campaign, contact: Contact) -> Answer:
    """What would happen if it went out now."""
    title = _("The campaign has not gone out yet")
    if campaign.status == Campaign.Status.CANCELLED:
        return Answer("cancelled", _("The campaign was stopped before it started"), "warn", [_("Nobody got it.")])
    if campaign.segment is None or campaign.topic is None:
        return Answer("not_started", title, "warn", [_("Nobody is chosen yet.")])
    try:
        found = audience_of_people(campaign, [contact.pk])
    except RuleError:
        return Answer("not_started", title, "warn", [_("Its segment is broken, so nobody can be counted.")])
    if found.will_get:
        sentence = _("If it went out now, they would get it.")
        if found.later:
            sentence = _("They had enough messages lately. If it went out now, they would get it later.")
        return Answer("not_started", title, "ok", [sentence])
    reason = _only_reason(found)
    if reason:
        words = {"reason": reason_label(reason)}
        return Answer(
            "not_started",
            title,
            "warn",
            [_("If it went out now, they would not get it: %(reason)s.") % words],
            advice_for(reason),
        )
    return Answer("not_started", title, "warn", [_("They are not in its segment."), *_segment_words(campaign, contact)])


def _not_meant(campaign: Campaign, contact: Contact, dispatch: Dispatch) -> Answer:
    """The campaign went out and holds no message for this person."""
    started = campaign.launched_at or dispatch.occurrence
    if contact.created_at > started:
        sentences = [_("The campaign started on %(start)s; they were added on %(added)s.") % {
            "start": absolute_time(started), "added": absolute_time(contact.created_at)}]  # fmt: skip
        return Answer(
            "added_later", _("They were not here yet when it started"), "warn", sentences, advice_for("added_later")
        )
    if dispatch.is_open:
        title = _("It is not their turn yet, or they were not in the segment")
        sentences = [
            _("The campaign still adds people: those who wait for the better version, or who join the segment.")
        ]
        return Answer("still_open", title, "warn", [*sentences, *_segment_words(campaign, contact)])
    title = _("They were not in the segment when it started")
    return Answer("not_in_segment", title, "warn", _segment_words(campaign, contact), advice_for("not_in_segment"))


def _segment_words(campaign: Campaign, contact: Contact) -> list[str]:
    """How the person stands to the segment now; how it was then is not kept, and that is said."""
    if campaign.segment is None:
        return []
    try:
        reason = explain_contact(campaign.workspace, campaign.segment.rule, contact)
    except RuleError:
        return [_("Today the segment is broken, so it cannot be asked.")]
    words = "; ".join(reasons_of(reason, labels_of(campaign.workspace)))
    name = {"segment": campaign.segment.name, "reasons": words}
    if reason.result:
        return [_("As of today they are in “%(segment)s”: %(reasons)s. At the start they were not.") % name]
    return [_("As of today they are not in “%(segment)s” either: %(reasons)s.") % name]


def _only_reason(found: AudiencePreview) -> str:
    return next(iter(found.excluded), "")
