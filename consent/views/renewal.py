"""The page that asks people again before their consent runs out. GET shows, POST says yes."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import links
from consent.evidence import mask_address
from consent.readers import speaking_to
from consent.services.renewal import lapsing_topics, renew_consent
from consent.views.visitors import answer_contact, nowhere, visitor_of
from consent.wording import renewal_sentence
from contacts.models import Contact
from core.limits import limited


@csrf_exempt  # as on the preference page: the link is the key
@never_cache
@limited("renewal", limit=60, seconds=600)
@require_http_methods(["GET", "HEAD", "POST"])
def stay(request: HttpRequest, token: str) -> HttpResponse:
    """Show what would go on; a POST writes down that it shall."""
    claim = links.read_preferences(token)
    contact = Contact.objects.select_related("workspace").with_public_id(claim.contact).first() if claim else None
    if claim is None or contact is None:
        return nowhere(request)
    context = {
        "address": mask_address(contact.email) if contact.email else "",
        "preferences": links.preferences_url(contact.public_id, claim.message),
        "unsubscribe": links.unsubscribe_url(contact.public_id, None, claim.message),
        "sentence": partial(renewal_sentence, contact.workspace),
    }
    topics = lapsing_topics(contact)
    if request.method != "POST":
        return answer_contact(request, "consent/public/stay.html", contact, {**context, "topics": topics})
    chosen = set(request.POST.getlist("topic"))
    shown = [topic for topic in topics if str(topic.public_id) in chosen]
    try:
        with speaking_to(contact):
            renewed = renew_consent(
                contact=contact, topics=shown, visitor=visitor_of(request), language=get_language() or ""
            )
    except Contact.DoesNotExist:
        return nowhere(request)
    return answer_contact(request, "consent/public/stayed.html", contact, {**context, "topics": renewed})
