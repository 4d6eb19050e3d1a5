"""The consent receipt: whole, in terms the vocabulary has, and about one person only."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from accounts.models import User, Workspace
from consent.evidence import Choice, Proof, Source, Visitor
from consent.models import Basis, ConsentRecord, ConsentSettings, Purpose, SignupPage, State, Topic
from consent.profiles import all_profiles
from consent.receipts import BASES, JURISDICTIONS, PREFIXES, PURPOSES, STATES, build_receipt
from consent.services import record_consent, remember_text
from consent.services.page_versions import remember_page
from contacts.models import Contact
from tests.cast import client_of, make_contact
from tests.consent.conftest import ADDRESS

# The terms of the vocabulary that a receipt may use; each was looked up in DPV 2.
TERMS = {
    *("dpv:ConsentReceipt", "dpv:ConsentRecord", "dpv:ConsentNotice", "dpv:Process", "dpv:Purpose"),
    *("dpv:DataSubject", "dpv:DataController", "dpv:LegalEntity", "dpv:DataSubjectRight", "dpv:StorageCondition"),
    *("dpv:WithdrawConsent", "dpv:UntilTimeDuration", "dpv:UntilEventDuration", "dpv:PersonalData"),
    *("dpv:ConsentRequested", "dpv:ConsentGiven", "dpv:ConsentRefused", "dpv:ConsentWithdrawn"),
    *("dpv:ConsentExpired", "dpv:RenewedConsentGiven", "dpv:Consent", "dpv:ExpressedConsent", "dpv:ImpliedConsent"),
    *("dpv:Contract", "dpv:LegitimateInterestOfController", "dpv:DirectMarketing", "dpv:Personalisation"),
    *("dpv:OptimisationForController", "dpv:Collect", "dpv:Store", "dpv:Use", "dpv:hasDataSubject"),
    *("dpv:hasEntity", "dpv:hasIdentifier", "dpv:hasName", "dpv:hasAddress", "dpv:hasContact", "dpv:hasNotice"),
    *("dpv:hasProcess", "dpv:hasConsentStatus", "dpv:hasPurpose", "dpv:hasPersonalData", "dpv:hasProcessing"),
    *("dpv:hasDataController", "dpv:hasRecipient", "dpv:hasLegalBasis", "dpv:hasStorageCondition"),
    *("dpv:hasJurisdiction", "dpv:hasConsentControl", "dpv:isExercisedAt", "dpv:hasRight", "dpv:hasDuration"),
    *("dpv:isIndicatedAtTime", "dpv:isIndicatedBy", "dpv:hasIndicationMethod"),
    *("pd:EmailAddress", "pd:Name", "pd:TelephoneNumber", "dpv:ObservedPersonalData", "eu-gdpr:A7-3"),
    *("loc:EU", "loc:GB", "loc:CA", "loc:US"),
    *("dct:conformsTo", "dct:identifier", "dct:issued", "dct:language", "dct:hasPart", "dct:date", "dct:created"),
    *("dct:description", "dct:title", "skos:broader", "rdf:value"),
}


def names_in(value: Any) -> Iterator[str]:
    """Every key, and every text that names a term."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key != "@context":
                yield from names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner)
    elif isinstance(value, str) and value.partition(":")[0] in PREFIXES:
        yield value


@pytest.fixture
def receipt(workspace: Workspace, contact: Contact, topic: Topic, front_page: SignupPage) -> dict[str, Any]:
    """Somebody who was asked, agreed, withdrew and came back, and lets their opens be counted."""
    Workspace.objects.filter(pk=workspace.pk).update(postal_address="1 Lake Road, Wānaka")
    ConsentSettings.objects.create(workspace=workspace, contact_point="privacy@kea.example")
    contact.refresh_from_db()
    text = remember_text(workspace=workspace, body="Kea Cabins may write to me.", language="en")
    proof = Proof(
        Source.SIGNUP, Basis.EXPRESS, "Front page", text, visitor=Visitor("203.0.113.9", "Firefox"),
        page_version=remember_page(front_page),
    )  # fmt: skip
    for state in (State.PENDING, State.GRANTED):
        record_consent(contact=contact, choice=Choice(state, topic), proof=proof)
    record_consent(contact=contact, choice=Choice(State.WITHDRAWN, topic), proof=Proof(Source.UNSUBSCRIBE))
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof(Source.RENEWAL, Basis.EXPRESS))
    record_consent(contact=contact, choice=Choice(State.GRANTED, None, Purpose.TRACKING), proof=Proof("api", "express"))
    stranger = make_contact(workspace, "b@x.example")
    record_consent(contact=stranger, choice=Choice(State.GRANTED, topic), proof=Proof("api", "express"))
    return build_receipt(contact)


def test_it_says_who_keeps_what_about_whom(receipt: dict[str, Any], workspace: Workspace, contact: Contact) -> None:
    assert receipt["@type"] == "dpv:ConsentReceipt"
    assert receipt["dpv:hasDataSubject"] == f"urn:uuid:{contact.public_id}"
    controller, subject = receipt["dpv:hasEntity"]
    assert controller == {
        "@id": f"urn:uuid:{workspace.public_id}",
        "@type": ["dpv:LegalEntity", "dpv:DataController"],
        "dpv:hasIdentifier": str(workspace.public_id),
        "dpv:hasName": "Kea Cabins",
        "dpv:hasAddress": "1 Lake Road, Wānaka",
        "dpv:hasContact": "privacy@kea.example",
    }
    assert subject["dpv:hasIdentifier"] == str(contact.public_id)


def test_each_thing_agreed_to_is_a_record_with_its_history(receipt: dict[str, Any], contact: Contact) -> None:
    marketing, tracking = receipt["dct:hasPart"]
    assert [event["@type"] for event in marketing["dpv:hasConsentStatus"]] == [
        "dpv:ConsentRequested",
        "dpv:ConsentGiven",
        "dpv:ConsentWithdrawn",
        "dpv:RenewedConsentGiven",
    ]
    assert [event["@type"] for event in tracking["dpv:hasConsentStatus"]] == ["dpv:ConsentGiven"]
    assert marketing["dpv:hasProcess"]["dpv:hasPurpose"] == {
        "@type": "dpv:Purpose",
        "skos:broader": "dpv:DirectMarketing",
        "dct:title": "Cabin news",
        "dct:identifier": "news",
        "dct:description": "Twice a month",
    }
    assert marketing["dpv:hasProcess"]["dpv:hasLegalBasis"] == "dpv:ExpressedConsent"
    assert marketing["dpv:hasProcess"]["dpv:hasConsentControl"]["dpv:isExercisedAt"].startswith("http")
    assert [notice["dct:description"] for notice in marketing["dpv:hasNotice"]] == ["Kea Cabins may write to me."]


def test_every_line_is_there_with_its_place_in_the_chain(receipt: dict[str, Any], contact: Contact) -> None:
    events = [event for record in receipt["dct:hasPart"] for event in record["dpv:hasConsentStatus"]]
    rows = {str(row.public_id): row for row in ConsentRecord.objects.filter(contact=contact)}
    assert {event["dct:identifier"] for event in events} == set(rows)
    for event in events:
        row = rows[event["dct:identifier"]]
        assert event["rapport:hash"] == bytes(row.hash).hex()
        assert event["rapport:sequence"] == row.sequence
        assert event["rapport:profile"] == "gdpr"
        assert dt.datetime.fromisoformat(event["dpv:isIndicatedAtTime"]) == row.at
    assert [event.get("rapport:pageVersion") for event in events] == [1, 1, None, None, None]


def test_only_known_terms_are_used(receipt: dict[str, Any]) -> None:
    used = {name for name in names_in(receipt) if not name.startswith(("@", "rapport:"))}
    assert used <= TERMS
    offered = {*STATES.values(), *BASES.values(), *PURPOSES.values(), *JURISDICTIONS.values()}
    assert offered <= TERMS


def test_every_state_basis_purpose_and_profile_has_a_term() -> None:
    assert set(STATES) == set(State)
    assert set(BASES) == set(Basis)
    assert set(PURPOSES) == set(Purpose)
    assert set(JURISDICTIONS) == set(all_profiles())


@pytest.mark.parametrize("field", ["dct:identifier", "dct:conformsTo", "dpv:hasDataSubject", "dpv:hasNotice"])
def test_the_mandatory_fields_of_a_record_are_there(receipt: dict[str, Any], field: str) -> None:
    assert all(field in record for record in receipt["dct:hasPart"])


@pytest.mark.parametrize(
    "field",
    [
        *("dpv:hasPurpose", "dpv:hasPersonalData", "dpv:hasDataController", "dpv:hasStorageCondition"),
        *("dpv:hasRecipient", "dpv:hasConsentControl", "dpv:hasJurisdiction", "dpv:hasRight"),
    ],
)
def test_the_mandatory_fields_of_a_process_are_there(receipt: dict[str, Any], field: str) -> None:
    assert all(record["dpv:hasProcess"][field] for record in receipt["dct:hasPart"])


def test_it_holds_no_address_and_nobody_else(receipt: dict[str, Any], contact: Contact) -> None:
    text = json.dumps(receipt)
    assert ADDRESS not in text
    assert "203.0.113" not in text
    assert "Firefox" not in text
    assert len([1 for record in receipt["dct:hasPart"] for _event in record["dpv:hasConsentStatus"]]) == 5


def test_somebody_who_never_said_anything_has_an_empty_receipt(contact: Contact) -> None:
    assert build_receipt(contact)["dct:hasPart"] == []


def test_it_speaks_the_active_language(receipt: dict[str, Any], contact: Contact) -> None:
    with translation.override("ar"):
        assert build_receipt(contact)["dct:language"] == "ar"


def test_a_teammate_downloads_it_and_a_stranger_does_not(
    viewer: User, stranger: User, contact: Contact, receipt: dict[str, Any]
) -> None:
    address = f"/w/kea-cabins/consent/contacts/{contact.public_id}/receipt/"
    answer = client_of(viewer).get(address)
    assert answer["Content-Type"] == "application/ld+json"
    assert answer["Content-Disposition"].startswith('attachment; filename="consent-receipt-')
    assert json.loads(answer.content)["@id"] == receipt["@id"]
    assert client_of(stranger).get(address).status_code == 404
    assert "/receipt/" in client_of(viewer).get(address.replace("receipt/", "")).content.decode()
