"""The preference page: one page, no sign-in, no script, everything about what we send and why."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from consent import links
from consent.evidence import mask_address
from consent.jurisdiction import settings_of
from consent.links import PreferencesClaim
from consent.models import ConsentRecord, ConsentState, Purpose, State, Topic
from consent.origins import origin_of
from consent.other_channels import other_choices
from consent.own_page_forms import BreakForm, PreferencesForm
from consent.own_wording import BASES, SOURCES
from consent.promise import day_of, promise
from consent.readers import speaking_to
from consent.services.choices import preference_of, save_choices
from consent.services.ledger import Key, states_of
from consent.services.preferences import is_on, may_track, save_preferences, topics_on
from consent.views.visitors import answer_contact, nowhere, visitor_of
from consent.wording import profiling_sentence, tracking_sentence
from contacts.models import Channel, Contact
from contacts.services import restricted_among
from core.clock import now
from core.limits import limited


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """A topic on the page, and whether its switch is on."""

    topic: Topic
    is_on: bool


def find_person(token: str) -> tuple[PreferencesClaim, Contact] | None:
    """What a preference link says and whom it names; None for a link that is not ours and for somebody erased."""
    claim = links.read_preferences(token)
    contact = Contact.objects.select_related("workspace").with_public_id(claim.contact).first() if claim else None
    return (claim, contact) if claim is not None and contact is not None else None


def promise_of(contact: Contact) -> list[str]:
    """What the person gets from now on, in the active language."""
    is_restricted = bool(restricted_among([contact.pk]))
    states = states_of(contact)
    others = [one for one in other_choices(contact, states) if one.is_on]
    return promise(topics_on(contact, states), preference_of(contact), is_restricted=is_restricted, others=others)


@csrf_exempt  # the link is the key, and nobody else can know it; cookies are often refused in mail programs
@never_cache
@limited("preferences", limit=60, seconds=600)
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show on GET, save on POST: the page as a whole, or one of the buttons for a break."""
    found = find_person(token)
    if found is None:
        return nowhere(request)
    claim, contact = found
    data = request.POST if request.method == "POST" else None
    with speaking_to(contact):
        form = _form(contact, None if data is not None and "pause" in data else data)
        pause = BreakForm(data if data is not None and "pause" in data else None, contact=contact)
        try:
            if _save(request, contact, form, pause):
                return HttpResponseRedirect(reverse("preferences:centre", args=[token]) + "?saved=1")
        except Contact.DoesNotExist:
            return nowhere(request)
        context = _context(contact, claim, token) | {"form": form, "pause": pause}
    context["saved"] = data is None and "saved" in request.GET
    status = 200 if data is None else 422
    return answer_contact(request, "consent/public/preferences.html", contact, context, status)


def _form(contact: Contact, data: Any) -> PreferencesForm:
    uses_profiling = settings_of(contact.workspace_id).uses_profiling
    return PreferencesForm(data, contact=contact, preference=preference_of(contact), profiling=uses_profiling)


def _save(request: HttpRequest, contact: Contact, form: PreferencesForm, pause: BreakForm) -> bool:
    """True when what was sent is kept. Raises Contact.DoesNotExist for somebody erased meanwhile."""
    if pause.is_valid():
        save_choices(contact=contact, values={"paused_until": pause.cleaned_data["until"]})
        return True
    if form.is_valid():
        save_preferences(contact=contact, answers=form.answers(visitor=visitor_of(request)))
        return True
    return False


def _context(contact: Contact, claim: PreferencesClaim, token: str) -> dict[str, Any]:
    states, preference = states_of(contact), preference_of(contact)
    is_paused = preference.paused_until is not None and preference.paused_until > now()
    return {
        "token": token,
        "page_key": links.page_key(contact.public_id),
        "choices": _choices(contact, states),
        "others": other_choices(contact, states),
        "tracking": may_track(contact, states.get((Channel.EMAIL, None, str(Purpose.TRACKING)))),
        "profiling": is_on(states.get((Channel.EMAIL, None, str(Purpose.PROFILING)))),
        # Called by the template, which speaks the person's language.
        "tracking_sentence": partial(tracking_sentence, contact.workspace),
        "profiling_sentence": partial(profiling_sentence, contact.workspace),
        "address": mask_address(contact.email) if contact.email else "",
        "break_until": day_of(preference) if is_paused else "",
        "promise": promise_of(contact),
        "agreed_at": _agreed_at(states),
        "unsubscribe_url": links.unsubscribe_url(contact.public_id, None, claim.message),
    }


def _choices(contact: Contact, states: dict[Key, ConsentState]) -> list[TopicChoice]:
    """Public topics, and others the person has."""
    choices = []
    for topic in Topic.objects.in_workspace(contact.workspace).by_name():
        on = is_on(states.get((Channel.EMAIL, topic.pk, str(Purpose.MARKETING))))
        if on or topic.public:
            choices.append(TopicChoice(topic, on))
    return choices


def _agreed_at(states: dict[Key, ConsentState]) -> object:
    """When the person last agreed to a topic that is still on."""
    moments = [
        row.changed_at
        for (_channel, topic, purpose), row in states.items()
        if topic and purpose == Purpose.MARKETING and row.state == State.GRANTED and is_on(row)
    ]
    return max(moments, default=None)


@never_cache
@require_safe
def why(request: HttpRequest, token: str) -> HttpResponse:
    """Why somebody gets this: which agreements hold, made when and where, to which words."""
    found = find_person(token)
    if found is None:
        return nowhere(request)
    claim, contact = found
    with speaking_to(contact):
        states = states_of(contact)
        context = {
            "token": token,
            "origin": origin_of(claim.message, contact) if claim.message else [],
            "records": [row for row in ConsentRecord.objects.said_last(contact) if _holds(row, states)],
            "promise": promise_of(contact),
            "unsubscribe_url": links.unsubscribe_url(contact.public_id, None, claim.message),
        }
        for row in context["records"]:
            row.place, row.because = SOURCES.get(row.source, row.source), BASES.get(row.basis, "")
    return answer_contact(request, "consent/public/why.html", contact, context)


def _holds(row: ConsentRecord, states: dict[Key, ConsentState]) -> bool:
    """A yes to messages about a topic that is in force."""
    if row.purpose != Purpose.MARKETING or row.topic is None or row.state != State.GRANTED:
        return False
    return is_on(states.get((row.channel, row.topic_id, row.purpose)))
