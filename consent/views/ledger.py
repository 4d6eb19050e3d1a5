"""The ledger as a list, the proof of one line, and one person's consents beside their story."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from consent import links
from consent.evidence import Choice, Proof, Source
from consent.forms import ManualConsentForm
from consent.jurisdiction import rules_of, settings_of
from consent.models import Basis, ConsentRecord, ConsentSettings, PageVersion, State, Suppression, Topic
from consent.profiles import all_profiles
from consent.promise import choices_in_words
from consent.rules_wording import profile_name
from consent.services import record_consent, take_complaint
from consent.services.choices import preference_of
from consent.services.complaints import has_complained
from contacts.models import Channel, Contact, ContactAlias
from core.clock import now
from core.crypto import address_hash
from core.htmx import go_to, is_fragment_request, render_page

PER_PAGE = 50
TONES = {State.GRANTED: "ok", State.PENDING: "warn", State.EXPIRED: "warn", State.WITHDRAWN: "bad", State.DENIED: "bad"}


@workspace_view()
@require_safe
def ledger(request: WorkspaceRequest) -> HttpResponse:
    """Everything anybody said, the newest first."""
    rows = ConsentRecord.objects.in_workspace(request.workspace).older_than(request.GET.get("after", "")).newest()
    state = request.GET.get("state", "")
    if state in State.values:
        rows = rows.filter(state=state)
    page, following = page_of(rows)
    context = {
        "records": with_people(page),
        "following": following,
        **around(request, following),
        "states": State.choices,
        "state": state,
    }
    return render_page(request, "consent/ledger.html", context)


def page_of(rows: Any) -> tuple[list[Any], str]:
    """A page's rows, and the public id after which the next page begins, or ""."""
    found = list(rows[: PER_PAGE + 1])
    has_more = len(found) > PER_PAGE
    return found[:PER_PAGE], str(found[PER_PAGE - 1].public_id) if has_more else ""


def around(request: HttpRequest, following: str) -> dict[str, str]:
    """Links to the newest and to the next older page of a list, each empty when there is none."""
    query = request.GET.copy()
    query.pop("after", None)
    newest = f"{request.path}?{query.urlencode()}" if "after" in request.GET else ""
    query["after"] = following
    return {"newest": newest, "older": f"?{query.urlencode()}" if following else ""}


def with_people(records: Iterable[ConsentRecord]) -> list[ConsentRecord]:
    """The rows, each with `person` (None when erased), `tone` and `place` for the page; two queries for all."""
    rows = list(records)
    people = Contact.objects.in_bulk([row.contact_id for row in rows])
    people |= ContactAlias.objects.kept_by_former_id({row.contact_id for row in rows} - people.keys())
    for row in rows:
        row.person = people.get(row.contact_id)  # type: ignore[attr-defined]
        dress(row)
    return rows


def dress(row: Any) -> None:
    """Give a ledger row the words and the colour a page shows."""
    has_run_out = row.state == State.GRANTED and row.expires_at is not None and row.expires_at <= now()
    row.shown_state = State(State.EXPIRED if has_run_out else row.state).label
    row.tone = TONES[State.EXPIRED if has_run_out else State(row.state)]
    row.place = dict(Source.choices).get(row.source, row.source)
    row.basis_label = dict(Basis.choices).get(row.basis, "")


@workspace_view()
@require_safe
def record(request: WorkspaceRequest, record: uuid.UUID) -> HttpResponse:
    """The proof: one line of the ledger with everything kept of it, and the lines around it."""
    row = get_in_workspace(ConsentRecord, request.workspace, record)
    same = ConsentRecord.objects.in_workspace(request.workspace).newest()
    history = same.filter(contact_id=row.contact_id, topic_id=row.topic_id, purpose=row.purpose, channel=row.channel)
    topic = Topic.objects.in_workspace(request.workspace).filter(pk=row.topic_id).first()
    profile = all_profiles().get(row.profile)
    context = {
        "record": with_people([row])[0],
        "topic": topic,
        "history": with_people(history[:20]),
        "page_version": PageVersion.objects.in_workspace(request.workspace).filter(pk=row.page_version_id or 0).first(),
        "rules": profile_name(profile) if profile else "",
        "fingerprint": bytes(row.hash or b"").hex(),
        "keeps_full_address": settings_of(request.workspace.pk).ip_policy == ConsentSettings.IpPolicy.FULL,
    }
    return render_page(request, "consent/record.html", context)


@workspace_view()
@require_http_methods(["GET", "HEAD", "POST"])
def contact_panel(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """A person's consents, to be put into their page; a POST writes down what they said elsewhere."""
    person = get_in_workspace(Contact, request.workspace, contact)
    form = _form_for(person, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _record_by_hand(request, person, form.cleaned_data)
        messages.success(request, _("Written down."))
        if not is_fragment_request(request):
            return go_to(request, "contacts:detail", request.workspace.slug, person.public_id)
        form = _form_for(person, None)
    said = ConsentRecord.objects.said_last(person)
    for row in said:
        dress(row)
    addresses = [address_hash(value) for value in person.addresses.values_list("value", flat=True)]
    context = {
        "contact": person,
        "form": form,
        "records": [row for row in said if not (row.topic_id is None and row.state == State.EXPIRED)],
        "suppressions": Suppression.objects.in_workspace(request.workspace).filter(address_hash__in=addresses),
        "preferences": links.preferences_url(person.public_id),
        "choices": choices_in_words(preference_of(person)),
        "may_complain": bool(addresses) and not has_complained(person),
        "has_topics": Topic.objects.in_workspace(request.workspace).exists(),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "consent/contact_panel.html", context, partial="panel", status=status)


@workspace_view(role="editor")
@require_POST
def complaint(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """They complained: nobody here writes to them again. Pressing twice writes nothing twice."""
    person = get_in_workspace(Contact, request.workspace, contact)
    take_complaint(contact=person, proof=Proof(Source.MANUAL, actor=request.user))
    messages.success(request, _("Written down."))
    return go_to(request, "contacts:detail", request.workspace.slug, person.public_id)


def _form_for(person: Contact, data: Any) -> ManualConsentForm:
    """The form, offering only what counts as consent under the person's rules."""
    form = ManualConsentForm(data, workspace=person.workspace)
    accepted = rules_of(person, Channel.EMAIL).bases(Channel.EMAIL)
    field: Any = form.fields["basis"]
    field.choices = [(key, label) for key, label in Basis.choices if key in accepted]
    return form


def _record_by_hand(request: WorkspaceRequest, person: Contact, said: dict[str, Any]) -> None:
    proof = Proof(Source.MANUAL, basis=said["basis"], detail=said["note"], actor=request.user)
    record_consent(contact=person, choice=Choice(State(said["state"]), said["topic"]), proof=proof)
