"""The consent receipt: what one person agreed to, as a document they can take away and a machine can read.

After ISO/IEC TS 27560:2023, written as JSON-LD with the terms of the W3C Data Privacy Vocabulary by the guide of its
community group (https://w3id.org/dpv, profile `dpv-27560`). One consent record for each thing a person can say yes
or no to, with every line of the ledger as its events. What the vocabulary has no word for, such as the hashes of
the ledger's chain (consent/chain.py), is under our own prefix.
"""

import datetime as dt
import json
import uuid
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Workspace
from consent import links
from consent.evidence import Source
from consent.jurisdiction import rules_of, settings_of
from consent.models import Basis, ConsentRecord, ConsentText, Purpose, State
from consent.profiles import all_profiles
from contacts.models import Channel, Contact
from core.clock import now

PREFIXES = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rapport": "urn:rapport:ledger:",
}
RECEIPT_SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#receipt"
RECORD_SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#record"

STATES = {
    State.PENDING: "dpv:ConsentRequested",
    State.GRANTED: "dpv:ConsentGiven",
    State.DENIED: "dpv:ConsentRefused",
    State.WITHDRAWN: "dpv:ConsentWithdrawn",
    State.EXPIRED: "dpv:ConsentExpired",
}
BASES = {
    Basis.EXPRESS: "dpv:ExpressedConsent",
    Basis.IMPLIED_PURCHASE: "dpv:ImpliedConsent",
    Basis.IMPLIED_INQUIRY: "dpv:ImpliedConsent",
    Basis.SOFT_OPT_IN: "dpv:LegitimateInterestOfController",
    Basis.CONTRACT: "dpv:Contract",
    Basis.LEGITIMATE_INTEREST: "dpv:LegitimateInterestOfController",
}
PURPOSES = {
    Purpose.MARKETING: "dpv:DirectMarketing",
    Purpose.TRACKING: "dpv:OptimisationForController",
    Purpose.PROFILING: "dpv:Personalisation",
}
JURISDICTIONS = {"gdpr": "loc:EU", "uk": "loc:GB", "casl": "loc:CA", "can_spam": "loc:US", "tcpa": "loc:US"}
BY_PHONE = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.VIBER, Channel.VOICE})
# Written by ourselves, not by what the person did.
BY_CONTROLLER = frozenset({State.PENDING, State.EXPIRED})


def build_receipt(contact: Contact) -> dict[str, Any]:
    """The receipt of everything the person ever said, in the active language. Reads, writes nothing.

    Names the person by their public id only; addresses and evidence stay in the ledger.
    """
    lines = ConsentRecord.objects.of_person(contact).select_related("topic", "text", "page_version")
    ordered = sorted(lines, key=lambda line: (line.purpose, line.channel, line.topic_id or 0, line.at, line.pk))
    groups = groupby(ordered, key=lambda line: (line.purpose, line.channel, line.topic_id))
    number = uuid.uuid5(contact.public_id, bytes(max(ordered, key=_place).hash or b"").hex() if ordered else "")
    return {
        "@context": PREFIXES,
        "@id": number.urn,
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": RECEIPT_SCHEMA,
        "dct:identifier": str(number),
        "dct:issued": _instant(now()),
        "dct:language": get_language() or "en",
        "dpv:hasDataSubject": contact.public_id.urn,
        "dpv:hasEntity": [_controller(contact.workspace), _subject(contact)],
        "dct:hasPart": [_record(contact, list(group)) for _key, group in groups],
    }


def receipt_file(contact: Contact) -> bytes:
    """The receipt as the bytes of a file of type application/ld+json."""
    return json.dumps(build_receipt(contact), ensure_ascii=False, indent=2).encode()


def _place(line: ConsentRecord) -> int:
    return int(line.pk)


def _controller(workspace: Workspace) -> dict[str, Any]:
    contact_point = settings_of(workspace.pk).contact_point
    entity = {
        "@id": workspace.public_id.urn,
        "@type": ["dpv:LegalEntity", "dpv:DataController"],
        "dpv:hasIdentifier": str(workspace.public_id),
        "dpv:hasName": workspace.name,
    }
    if workspace.postal_address:
        entity["dpv:hasAddress"] = workspace.postal_address
    if contact_point:
        entity["dpv:hasContact"] = contact_point
    return entity


def _subject(contact: Contact) -> dict[str, Any]:
    number = str(contact.public_id)
    return {"@id": contact.public_id.urn, "@type": "dpv:DataSubject", "dpv:hasIdentifier": number}


def _record(contact: Contact, lines: list[ConsentRecord]) -> dict[str, Any]:
    first, last = lines[0], lines[-1]
    notices = {line.text.pk: line.text for line in lines if line.text}
    return {
        "@id": first.public_id.urn,
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": RECORD_SCHEMA,
        "dct:identifier": str(first.public_id),
        "dpv:hasDataSubject": contact.public_id.urn,
        "dpv:hasNotice": [_notice(text) for text in notices.values()],
        "dpv:hasProcess": _process(contact, last),
        "dpv:hasConsentStatus": [_event(contact, line) for line in lines],
    }


def _notice(text: ConsentText) -> dict[str, Any]:
    notice = {
        "@id": _notice_id(text),
        "@type": "dpv:ConsentNotice",
        "dct:date": _instant(text.created_at),
        "dct:description": text.body,
    }
    return notice | ({"dct:language": text.language} if text.language else {})


def _notice_id(text: ConsentText) -> str:
    return f"rapport:text-{bytes(text.sha256).hex()}"


def _process(contact: Contact, line: ConsentRecord) -> dict[str, Any]:
    """What is done with which data, for what, for how long, under which law, and how to end it."""
    controller = contact.workspace.public_id.urn
    page = links.preferences_url(contact.public_id)
    profile = all_profiles().get(line.profile) or rules_of(contact, line.channel).profile
    right: dict[str, Any] = {"@type": ["dpv:DataSubjectRight"], "dct:title": _("Withdraw consent at any time")}
    if profile.key == "gdpr":
        right["@type"].append("eu-gdpr:A7-3")
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": _purpose(line),
        "dpv:hasPersonalData": _personal_data(line),
        "dpv:hasProcessing": ["dpv:Collect", "dpv:Store", "dpv:Use"],
        "dpv:hasDataController": controller,
        "dpv:hasRecipient": controller,
        "dpv:hasLegalBasis": BASES.get(Basis(line.basis)) if line.basis else "dpv:Consent",
        "dpv:hasStorageCondition": {
            "@type": "dpv:StorageCondition",
            "dct:description": _("Kept by the sender until you withdraw or ask for erasure."),
        },
        "dpv:hasJurisdiction": JURISDICTIONS[profile.key],
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": page},
        "dpv:hasRight": {**right, "dpv:isExercisedAt": page},
    }


def _purpose(line: ConsentRecord) -> dict[str, Any]:
    purpose = {"@type": "dpv:Purpose", "skos:broader": PURPOSES[Purpose(line.purpose)]}
    if line.topic:
        described = {"dct:description": line.topic.description} if line.topic.description else {}
        return purpose | {"dct:title": line.topic.name, "dct:identifier": line.topic.key} | described
    everything = line.purpose == Purpose.MARKETING
    return purpose | {"dct:title": _("Everything") if everything else str(Purpose(line.purpose).label)}


def _personal_data(line: ConsentRecord) -> list[str]:
    address = {Channel.EMAIL: "pd:EmailAddress", **dict.fromkeys(BY_PHONE, "pd:TelephoneNumber")}
    data = [address.get(Channel(line.channel), "dpv:PersonalData"), "pd:Name"]
    return data if line.purpose == Purpose.MARKETING else [*data, "dpv:ObservedPersonalData"]


def _event(contact: Contact, line: ConsentRecord) -> dict[str, Any]:
    renewed = line.state == State.GRANTED and line.source == Source.RENEWAL
    indicated_by = contact.workspace if line.state in BY_CONTROLLER else contact
    event = {
        "@id": line.public_id.urn,
        "@type": "dpv:RenewedConsentGiven" if renewed else STATES[State(line.state)],
        "dct:identifier": str(line.public_id),
        "dpv:isIndicatedAtTime": _instant(line.at),
        "dpv:isIndicatedBy": indicated_by.public_id.urn,
        "dpv:hasIndicationMethod": str(dict(Source.choices).get(line.source, line.source)),
        "dpv:hasLegalBasis": BASES[Basis(line.basis)] if line.basis else "dpv:Consent",
        "dpv:hasDuration": _duration(line),
        "dct:created": _instant(line.created_at),
        **dict(_own_words(line)),
    }
    return event | ({"dpv:hasNotice": _notice_id(line.text)} if line.text else {})


def _duration(line: ConsentRecord) -> dict[str, str]:
    if line.expires_at:
        return {"@type": "dpv:UntilTimeDuration", "rdf:value": _instant(line.expires_at)}
    return {"@type": "dpv:UntilEventDuration", "rdf:value": _("Until you say otherwise")}


def _own_words(line: ConsentRecord) -> Iterable[tuple[str, Any]]:
    """What the vocabulary has no terms for; nothing that is not there."""
    if line.profile:
        yield "rapport:profile", line.profile
    if line.profile_date:
        yield "rapport:profileDate", line.profile_date.isoformat()
    if line.page_version:
        yield "rapport:page", str(line.page_version.page)
        yield "rapport:pageVersion", line.page_version.number
    if line.hash:
        yield "rapport:sequence", line.sequence
        yield "rapport:hash", bytes(line.hash).hex()
        yield "rapport:previousHash", bytes(line.previous_hash or b"").hex()


def _instant(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
