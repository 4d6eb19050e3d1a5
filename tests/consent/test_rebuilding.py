"""The states always follow from the ledger, whoever became whom: random histories with merges and their undoing."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from consent.evidence import Choice, Proof, Source
from consent.models import Basis, ConsentState, Purpose, State, Topic
from consent.services import record_choices, withdraw_everything
from consent.services.expiry import expire_consents
from consent.services.ledger import rebuild_states
from consent.services.verification import verify_ledger
from contacts.models import Contact
from contacts.services.merging import merge_contacts
from contacts.services.unmerging import undo_batch
from core.clock import now
from tests.cast import make_contact

DAY = dt.timedelta(days=1)
COLUMNS = ("contact_id", "channel", "topic_id", "purpose", "state", "basis", "changed_at", "expires_at")
PEOPLE = st.integers(0, 2)

answers = st.tuples(
    st.just("say"),
    PEOPLE,
    st.sampled_from([0, 1, None]),
    st.sampled_from(State.values),
    st.sampled_from([Source.PREFERENCES, Source.API]),
    st.sampled_from([Basis.EXPRESS, Basis.IMPLIED_INQUIRY]),
    st.integers(0, 400),
)
steps = st.one_of(
    answers,
    st.tuples(st.just("leave"), PEOPLE),
    st.tuples(st.just("merge"), PEOPLE, PEOPLE),
    st.tuples(st.just("part"), st.integers(0, 3)),
    st.tuples(st.just("tick")),
)


class History:
    """Three people of one workspace, and what happens to them."""

    def __init__(self, workspace: Workspace, topics: list[Topic]) -> None:
        self.workspace, self.topics = workspace, topics
        self.people = [make_contact(workspace, f"person{number}@example.org") for number in range(3)]
        self.merges: list[Any] = []
        self.start = now() - 410 * DAY

    def play(self, step: tuple[Any, ...]) -> None:
        """Let one thing happen; what cannot, because somebody is merged away, does not."""
        getattr(self, step[0])(*step[1:])

    def say(self, person: int, about: int | None, state: str, source: str, basis: str, day: int) -> None:
        contact = self.present(person)
        if contact is not None:
            choice = Choice(State(state), None if about is None else self.topics[about], Purpose.MARKETING)
            record_choices(contact=contact, choices=[choice], proof=Proof(source, basis, at=self.start + day * DAY))

    def leave(self, person: int) -> None:
        contact = self.present(person)
        if contact is not None:
            withdraw_everything(contact=contact, proof=Proof(Source.ONE_CLICK))

    def merge(self, keep: int, other: int) -> None:
        kept, merged = self.present(keep), self.present(other)
        if kept is not None and merged is not None and kept != merged:
            merged_now = merge_contacts(workspace=self.workspace, keep=kept.public_id, merge=[merged.public_id])
            self.merges.append(merged_now.batch)

    def part(self, which: int) -> None:
        if self.merges:
            undo_batch(batch=self.merges.pop(which % len(self.merges)))

    def tick(self) -> None:
        expire_consents()

    def present(self, person: int) -> Contact | None:
        return Contact.objects.filter(pk=self.people[person].pk).first()


def states() -> set[Any]:
    return set(ConsentState.objects.values_list(*COLUMNS))


@pytest.mark.django_db
@given(history=st.lists(steps, max_size=10))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rebuilding_gives_what_was_derived_step_by_step(
    workspace: Workspace, topic: Topic, beds: Topic, history: list[Any]
) -> None:
    with transaction.atomic():
        life = History(workspace, [topic, beds])
        for step in history:
            life.play(step)
        assert verify_ledger(workspace_id=workspace.pk).problems == []
        kept = states()
        rebuild_states(workspace=workspace)
        assert states() == kept
        transaction.set_rollback(True)
