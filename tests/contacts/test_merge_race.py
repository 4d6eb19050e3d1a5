"""Merging beside others who work on the same people, with real transactions."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Workspace
from consent.evidence import Proof, Source
from consent.models import ConsentState
from consent.services import withdraw_everything
from contacts import merge_hooks
from contacts.models import Address, Contact, ContactAlias, Merge
from contacts.services import erase_contact
from contacts.services.merging import merge_contacts
from contacts.services.unmerging import undo_batch
from tests.cast import make_contact
from tests.contacts.importing import imported, tally

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people() -> list[Contact]:
    workspace = Workspace.objects.create(name="Kea Cabins", slug="kea-cabins")
    return [make_contact(workspace, f"p{number}@kea.example", external_id=f"E{number}") for number in range(3)]


def together(*work: Callable[[], Any]) -> list[Any]:
    """What each returned or raised, begun at the same moment on connections of their own."""
    gate = threading.Barrier(len(work))
    results: list[Any] = [None] * len(work)

    def run(index: int) -> None:
        try:
            gate.wait()
            results[index] = work[index]()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def merge(kept: Contact, *others: Contact) -> Any:
    return merge_contacts(workspace=kept.workspace, keep=kept.public_id, merge=[other.public_id for other in others])


@pytest.mark.parametrize("_round", range(3))
def test_two_tabs_that_merge_the_other_way_round_make_one_person(people: list[Contact], _round: int) -> None:
    results = together(lambda: merge(people[0], people[1]), lambda: merge(people[1], people[0]))

    # Whoever comes second finds them merged, or one of them gone while it waited.
    assert {type(result).__name__ for result in results} <= {"Merged", "DoesNotExist"}
    assert Contact.objects.count() == 2
    assert Merge.objects.count() == ContactAlias.objects.count() == 1
    assert Address.objects.filter(contact__in=Contact.objects.all()).count() == 3


@pytest.mark.parametrize("_round", range(3))
def test_erasing_one_of_them_at_the_same_moment_has_a_defined_end(people: list[Contact], _round: int) -> None:
    together(lambda: merge(people[0], people[1]), lambda: erase_contact(contact=people[1]))

    rest = set(Contact.objects.values_list("pk", flat=True))
    assert rest == {people[0].pk, people[2].pk}
    assert set(Address.objects.values_list("contact", flat=True)) <= rest


@pytest.mark.parametrize("_round", range(3))
def test_leaving_at_the_same_moment_is_not_lost(people: list[Contact], _round: int) -> None:
    def leave() -> None:
        for _attempt in range(2):
            contact = Contact.objects.with_public_id(people[1].public_id).get()
            try:
                withdraw_everything(contact=contact, proof=Proof(Source.ONE_CLICK))
            except Contact.DoesNotExist:
                continue
            return

    results = together(lambda: merge(people[0], people[1]), leave)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert ConsentState.objects.values_list("contact", "state").get() == (people[0].pk, "withdrawn")


def test_import_of_both_beside_the_merge_counts_every_row(people: list[Contact], tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    workspace = people[0].workspace
    lines = "".join(f"E{number % 3},Name {number}\n" for number in range(300))

    results = together(
        lambda: merge(people[0], people[1]),
        lambda: imported(workspace, f"id,name\n{lines}", ["external_id", "first_name"]),
    )

    done = results[1]
    assert done.status == "done"
    assert sum(tally(done)) == 300
    assert tally(done)[0] == 0
    assert Contact.objects.count() == 2


def test_a_merge_that_breaks_in_the_middle_leaves_nothing(people: list[Contact], monkeypatch: Any) -> None:
    def break_down(*_arguments: Any) -> Any:
        raise RuntimeError("killed")

    parts = merge_hooks.parts()
    last = merge_hooks.Part(("nothing",), break_down, break_down, is_last=True)
    monkeypatch.setattr(merge_hooks, "parts", lambda: {**parts, "broken": last})
    before = list(Contact.objects.order_by("pk").values())

    with pytest.raises(RuntimeError):
        merge(people[0], people[1])

    assert list(Contact.objects.order_by("pk").values()) == before
    assert Merge.objects.count() == 0
    assert Address.objects.filter(contact=people[1]).count() == 1


def test_a_part_that_forgets_its_rows_stops_the_merge(people: list[Contact], monkeypatch: Any) -> None:
    parts = merge_hooks.parts()
    parts.pop("contacts.addresses")
    monkeypatch.setattr(merge_hooks, "parts", lambda: parts)

    with pytest.raises(Exception, match=r"foreign key|still has"), transaction.atomic():
        merge(people[0], people[1])

    assert Contact.objects.count() == 3


def test_two_who_take_it_back_at_once_take_it_back_once(people: list[Contact]) -> None:
    batch = merge(people[0], people[1]).batch

    results = together(lambda: undo_batch(batch=batch), lambda: undo_batch(batch=batch))

    assert [result.status for result in results] == ["undone", "undone"]
    assert Contact.objects.count() == 3
