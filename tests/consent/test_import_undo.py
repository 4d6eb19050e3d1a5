"""Taking back an import takes back the agreement it declared, and nobody's own."""

import datetime as dt
from pathlib import Path

import pytest

from consent.evidence import Choice, Proof, Source
from consent.import_undo import bases_on_offer
from consent.models import ConsentRecord, ConsentState, State, Topic
from consent.services import record_consent
from contacts.models import Contact, Import
from contacts.services import ContactValues, create_contact
from contacts.services.imports import undo_import
from contacts.services.running import run_import
from core.clock import now
from tests.contacts.importing import imported


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def topic(workspace) -> Topic:
    return Topic.objects.create(workspace=workspace, key="news", name="News")


def known(workspace, name: str) -> Contact:
    return create_contact(workspace=workspace, values=ContactValues(email=f"{name}@example.org"))


def declared(workspace, topic: Topic, names: list[str], **options) -> Import:
    content = "mail\n" + "".join(f"{name}@example.org\n" for name in names)
    chosen = {"topic": str(topic.public_id), "consent_source": "Counter", "consent_at": "2026-01-02", **options}
    return imported(workspace, content, ["email"], **chosen)


def undone(import_: Import) -> None:
    undo_import(import_=import_)
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    assert import_.status == "undone"


def state_of(contact: Contact) -> str:
    return ConsentState.objects.get(contact=contact, purpose="marketing").state


def test_agreement_that_came_with_an_import_goes_with_it(workspace, topic):
    ada = known(workspace, "ada")
    import_ = declared(workspace, topic, ["ada"])
    assert (state_of(ada), import_.unchanged) == (State.GRANTED, 1)
    undone(import_)
    assert list(Contact.objects.all()) == [ada]
    assert state_of(ada) == State.EXPIRED
    lines = ConsentRecord.objects.filter(contact=ada).order_by("id").values_list("state", "source", "source_detail")
    assert list(lines) == [("granted", "import", "Counter"), ("expired", "import", "Counter")]


@pytest.mark.parametrize("when", ["before", "since"])
def test_whoever_agreed_apart_from_the_import_goes_on_agreeing(workspace, topic, when):
    ada = known(workspace, "ada")
    moment = dt.datetime(2025, 6, 1, tzinfo=dt.UTC) if when == "before" else now()
    proof = Proof(source=Source.MANUAL, at=moment)
    if when == "before":
        record_consent(contact=ada, choice=Choice(State.GRANTED, topic), proof=proof)
    import_ = declared(workspace, topic, ["ada", "new"])
    if when == "since":
        record_consent(contact=ada, choice=Choice(State.GRANTED, topic), proof=proof)
    undone(import_)
    assert state_of(ada) == State.GRANTED
    assert not ConsentRecord.objects.filter(state=State.EXPIRED).exists()


def test_agreement_of_another_import_stays(workspace, topic):
    ada = known(workspace, "ada")
    first = declared(workspace, topic, ["ada"], consent_source="Fair")
    second = declared(workspace, topic, ["ada", "new"])
    undone(second)
    assert state_of(ada) == State.GRANTED
    assert first.status == "done"


def test_undoing_in_batches_reaches_everybody_once(workspace, topic, monkeypatch):
    monkeypatch.setattr("consent.import_undo.BATCH", 2)
    people = [known(workspace, f"p{number}") for number in range(5)]
    undone(declared(workspace, topic, [*(f"p{number}" for number in range(5)), "new"]))
    assert {state_of(person) for person in people} == {State.EXPIRED}
    assert ConsentRecord.objects.filter(state=State.EXPIRED).count() == 5


def test_import_says_on_which_basis_people_agreed(workspace, topic):
    assert [value for value, _words in bases_on_offer()] == ["express", "implied_purchase", "implied_inquiry"]
    workspace_contact = create_contact(workspace=workspace, values=ContactValues(email="ada@example.org", country="CA"))
    declared(workspace, topic, ["ada"], consent_basis="implied_inquiry")
    state = ConsentState.objects.get(contact=workspace_contact)
    assert (state.basis, state.expires_at.date()) == ("implied_inquiry", dt.date(2026, 7, 2))


def test_agreement_with_a_day_of_its_own_is_taken_back_and_an_earlier_one_stays(workspace, topic) -> None:
    ada, bob = known(workspace, "ada"), known(workspace, "bob")
    own = Proof(Source.PREFERENCES, at=dt.datetime(2024, 5, 1, tzinfo=dt.UTC))
    record_consent(contact=bob, choice=Choice(State.GRANTED, topic), proof=own)
    rows = "mail,day\nada@example.org,2025-02-05\nbob@example.org,2025-02-06\n"
    options = {"topic": str(topic.public_id), "consent_source": "Counter"}
    import_ = imported(workspace, rows, ["email", "consent_at"], **options)
    assert (state_of(ada), state_of(bob)) == ("granted", "granted")
    undone(import_)
    assert (state_of(ada), state_of(bob)) == ("expired", "granted")
