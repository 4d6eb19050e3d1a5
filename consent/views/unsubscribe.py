"""Leaving. GET shows a button and changes nothing: link scanners open every link in every mail.

The same address takes RFC 8058's one-click POST: no cookie, no redirect, both form encodings.
"""

import uuid
from contextlib import suppress
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import links
from consent.evidence import LeavingReason, Proof, Source, mask_address
from consent.models import ConsentState, Purpose, Topic
from consent.profiles import add_months
from consent.readers import speaking_to
from consent.services import note_reason, undo_withdrawal, withdraw_everything, withdraw_topic
from consent.services.choices import preference_of, save_choices
from consent.services.ledger import states_of
from consent.services.preferences import is_on
from consent.views.preferences import promise_of
from consent.views.visitors import answer_contact, nowhere, visitor_of
from consent.wording import FOUR_WEEKS, WEEKLY
from contacts.models import Channel, Contact
from core.clock import now

# What somebody may prefer to leaving: the days between two messages, or the months of a break.
QUIETER: dict[str, dict[str, int]] = {
    "weekly": {"days": WEEKLY},
    "four_weeks": {"days": FOUR_WEEKS},
    "break": {"months": 1},
}


@dataclass(frozen=True, slots=True)
class Leaving:
    """Whom the link names, and what they leave: a topic, or None for everything."""

    contact: Contact
    topic: Topic | None
    message: uuid.UUID | None


@csrf_exempt  # RFC 8058 §3.2: mail programs POST without cookies; the link itself cannot be forged
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask on GET, act on POST."""
    is_one_click = request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click"
    for _attempt in range(2):
        # Gone between the look and the lock: a person who became one with another contact is found the second time.
        with suppress(Contact.DoesNotExist):
            leaving = _leaving_of(token)
            return _one_click(request, leaving) if is_one_click else _answer(request, leaving)
    return nowhere(request, 200 if is_one_click else 404)


def _answer(request: HttpRequest, leaving: Leaving | None) -> HttpResponse:
    if leaving is None:
        return nowhere(request)
    if request.method != "POST":
        return _ask(request, leaving)
    if "undo" in request.POST:
        return _undo(request, leaving)
    if "why" in request.POST:
        return _thank(request, leaving)
    if request.POST.get("quieter") in QUIETER:
        return _stay_quieter(request, leaving, request.POST["quieter"])
    return _leave(request, leaving)


def _leaving_of(token: str) -> Leaving | None:
    """What the link is about. A topic that is gone by now leaves nothing but everything to leave."""
    claim = links.read_unsubscribe(token)
    if claim is None:
        return None
    contact = Contact.objects.select_related("workspace").with_public_id(claim.contact).first()
    if contact is None:
        return None
    topic = Topic.objects.in_workspace(contact.workspace).filter(public_id=claim.topic).first() if claim.topic else None
    return Leaving(contact, topic, claim.message)


def _one_click(request: HttpRequest, leaving: Leaving | None) -> HttpResponse:
    """Always 200 without a redirect, as RFC 8058 §3.1 asks; somebody who is gone gets no more mail either."""
    if leaving is not None:
        _withdraw(request, leaving, leaving.topic, Source.ONE_CLICK)
    return HttpResponse("OK\n", content_type="text/plain; charset=utf-8")


def _withdraw(request: HttpRequest, leaving: Leaving, topic: Topic | None, source: Source) -> str:
    """Do it; the undo token, or empty when it had been done before."""
    proof = Proof(source, visitor=visitor_of(request))
    contact, message = leaving.contact, leaving.message
    if topic is not None:
        at = withdraw_topic(contact=contact, topic=topic, proof=proof, message=message)
    else:
        at = withdraw_everything(contact=contact, proof=proof, message=message)
    return links.undo_token(contact.public_id, at) if at else ""


def _ask(request: HttpRequest, leaving: Leaving) -> HttpResponse:
    others = _other_topics(leaving)
    context = _context(leaving) | {"others": others, "gets_topic": _gets(leaving, leaving.topic)}
    context["gets_anything"] = bool(others) or context["gets_topic"]
    return answer_contact(request, "consent/public/unsubscribe.html", leaving.contact, context)


def _leave(request: HttpRequest, leaving: Leaving) -> HttpResponse:
    topic = leaving.topic if request.POST.get("scope") != "everything" else None
    undo = _withdraw(request, leaving, topic, Source.UNSUBSCRIBE)
    return _left(request, leaving, topic, {"undo": undo, "reasons": LeavingReason.choices})


def _left(request: HttpRequest, leaving: Leaving, topic: Topic | None, more: dict[str, object]) -> HttpResponse:
    others = _other_topics(leaving) if topic else []
    context = _context(leaving) | {"left": topic, "others": others} | more
    return answer_contact(request, "consent/public/unsubscribed.html", leaving.contact, context)


def _thank(request: HttpRequest, leaving: Leaving) -> HttpResponse:
    """Note why they left, on the page that said so; the way back stays open."""
    with suppress(ValueError):  # nothing was ticked, which is an answer too
        note_reason(contact=leaving.contact, reason=request.POST["why"], message=leaving.message)
    at = links.read_undo(request.POST.get("undo_later", ""), leaving.contact.public_id)
    undo = links.undo_token(leaving.contact.public_id, at) if at else ""
    topic = leaving.topic if request.POST.get("left") != "everything" else None
    return _left(request, leaving, topic, {"undo": undo, "thanks": True})


def _undo(request: HttpRequest, leaving: Leaving) -> HttpResponse:
    at = links.read_undo(request.POST["undo"], leaving.contact.public_id)
    proof = Proof(Source.UNDO, visitor=visitor_of(request))
    restored = undo_withdrawal(contact=leaving.contact, at=at, proof=proof) if at else []
    context = _context(leaving) | {"restored": restored}
    return answer_contact(request, "consent/public/undone.html", leaving.contact, context)


def _stay_quieter(request: HttpRequest, leaving: Leaving, wish: str) -> HttpResponse:
    """Less instead of nothing, and never more than before; consents stay as they are."""
    chosen, present = QUIETER[wish], preference_of(leaving.contact)
    if "days" in chosen:
        days = max(chosen["days"], present.days_between or 0)
        save_choices(contact=leaving.contact, values={"days_between": days})
    else:
        until = add_months(now(), chosen["months"])
        save_choices(contact=leaving.contact, values={"paused_until": max(until, present.paused_until or until)})
    with speaking_to(leaving.contact):
        context = _context(leaving) | {"promise": promise_of(leaving.contact)}
    return answer_contact(request, "consent/public/quieter.html", leaving.contact, context)


def _context(leaving: Leaving) -> dict[str, object]:
    contact = leaving.contact
    return {
        "topic": leaving.topic,
        "address": mask_address(contact.email) if contact.email else "",
        "preferences": links.preferences_url(contact.public_id, leaving.message),
    }


def _other_topics(leaving: Leaving) -> list[Topic]:
    """What the person would still get after leaving the topic."""
    rows = ConsentState.objects.in_force().filter(
        contact=leaving.contact, channel=Channel.EMAIL, purpose=Purpose.MARKETING, topic__isnull=False
    )
    if leaving.topic:
        rows = rows.exclude(topic=leaving.topic)
    return [row.topic for row in rows.select_related("topic").order_by("topic__name")]


def _gets(leaving: Leaving, topic: Topic | None) -> bool:
    if topic is None:
        return False
    return is_on(states_of(leaving.contact).get((Channel.EMAIL, topic.pk, str(Purpose.MARKETING))))
