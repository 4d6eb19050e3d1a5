"""The preference page: one page, no sign-in, no script, everything about what we send."""

from dataclasses import dataclass
from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import links
from consent.evidence import mask_address
from consent.forms import PreferencesForm
from consent.models import ConsentState, Purpose, State, Topic
from consent.readers import base_language
from consent.services.ledger import Key, states_of
from consent.services.preferences import is_on, may_track, save_preferences
from consent.views.visitors import answer_contact, nowhere, visitor_of
from consent.wording import tracking_sentence
from contacts.models import Channel, Contact
from core.limits import limited


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """A topic on the page, and whether its switch is on."""

    topic: Topic
    is_on: bool


@csrf_exempt  # the link is the key, and nobody else can know it; cookies are often refused in mail programs
@never_cache
@limited("preferences", limit=60, seconds=600)
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show on GET, save on POST."""
    claim = links.read_preferences(token)
    contact = Contact.objects.select_related("workspace").with_public_id(claim.contact).first() if claim else None
    if claim is None or contact is None:
        return nowhere(request)
    form = PreferencesForm(
        request.POST if request.method == "POST" else None,
        contact=contact,
        initial={"language": base_language(contact.language)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            save_preferences(contact=contact, answers=form.answers(visitor=visitor_of(request)))
        except Contact.DoesNotExist:
            return nowhere(request)
        return HttpResponseRedirect(reverse("preferences:centre", args=[token]) + "?saved=1")
    states = states_of(contact)
    context = {
        "form": form,
        "choices": _choices(contact, states),
        "tracking": may_track(contact, states.get((Channel.EMAIL, None, str(Purpose.TRACKING)))),
        # Called by the template, which speaks the person's language; here it is still the browser's.
        "tracking_sentence": partial(tracking_sentence, contact.workspace),
        "address": mask_address(contact.email) if contact.email else "",
        "agreed_at": _agreed_at(states),
        "unsubscribe_url": links.unsubscribe_url(contact.public_id, None, claim.message),
        "saved": request.method != "POST" and "saved" in request.GET,
    }
    return answer_contact(request, "consent/public/preferences.html", contact, context, 422 if form.is_bound else 200)


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
