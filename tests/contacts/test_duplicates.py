"""Finding people known twice."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User, Workspace
from contacts.details import ContactValues
from contacts.duplicates.evidence import AGAINST, CERTAIN, FOR, Traits, level, strength, weigh
from contacts.duplicates.grouping import MOST_TOGETHER, group_pairs, ordered
from contacts.models import Address, Attribute, Contact, DuplicateGroup, DuplicatePair, DuplicateSearch
from contacts.services.contacts import create_contact
from contacts.services.erasing import erase_contact
from contacts.services.errors import ContactError
from contacts.services.finding_duplicates import (
    ask_for_search,
    birthday_of,
    find_duplicates,
    tell_apart,
    wake_searches,
)
from contacts.services.merging import merge_contacts
from core.clock import now

REASONS = st.sets(st.sampled_from([*FOR, *AGAINST]))


def person(workspace: Workspace, **values: Any) -> Contact:
    return create_contact(workspace=workspace, values=ContactValues(**values))


def search(workspace: Workspace, **options: Any) -> DuplicateSearch:
    ask_for_search(workspace=workspace, **options)
    find_duplicates(workspace_id=workspace.pk)
    return DuplicateSearch.objects.get(workspace=workspace)


def found() -> list[tuple[set[int], list[str], int]]:
    return [({pair.first_id, pair.second_id}, pair.reasons, pair.strength) for pair in DuplicatePair.objects.open()]


@pytest.mark.django_db
@pytest.mark.parametrize("other", ["an.n@gmail.com", "ann+shop@gmail.com", "A.N.N+1@GoogleMail.com"])
def test_one_google_mailbox_is_one_person(workspace: Workspace, other: str) -> None:
    one, two = person(workspace, email="ann@gmail.com"), person(workspace, email=other)

    search(workspace)

    assert found() == [({one.pk, two.pk}, ["mailbox"], 97)]
    assert DuplicateGroup.objects.get().strength >= CERTAIN


@pytest.mark.django_db
def test_dots_mean_something_elsewhere(workspace: Workspace) -> None:
    person(workspace, email="ann@kea.example")
    person(workspace, email="an.n@kea.example")

    search(workspace)

    assert found() == []


@pytest.mark.django_db
def test_tag_of_an_address_elsewhere_is_a_weaker_sign(workspace: Workspace) -> None:
    one, two = person(workspace, email="ann@kea.example"), person(workspace, email="ann+news@kea.example")

    search(workspace)

    assert found() == [({one.pk, two.pk}, ["tagged_email"], 75)]


@pytest.mark.django_db
def test_phone_on_another_channel_with_the_same_name(workspace: Workspace) -> None:
    one = person(workspace, phone="+64211234567", first_name="Ann", last_name="Ngata")
    two = person(workspace, email="ann@kea.example", first_name="Ngata", last_name="ANN")
    Address.objects.create(workspace=workspace, contact=two, channel="whatsapp", value="+64211234567")

    search(workspace)

    assert found() == [({one.pk, two.pk}, ["phone", "same_name"], 84)]


@pytest.mark.django_db
def test_family_that_shares_a_phone_is_not_offered(workspace: Workspace) -> None:
    person(workspace, phone="+64211234567", first_name="Ann", last_name="Ngata")
    two = person(workspace, email="ben@kea.example", first_name="Ben", last_name="Ngata")
    Address.objects.create(workspace=workspace, contact=two, channel="whatsapp", value="+64211234567")

    search(workspace)

    assert found() == []


@pytest.mark.django_db
def test_name_and_birthday(workspace: Workspace) -> None:
    Attribute.objects.create(workspace=workspace, key="birthday", type="date", label="Birthday")
    name = {"first_name": "Björk", "last_name": "Jónsdóttir"}
    one = person(workspace, email="b@kea.example", attributes={"birthday": "1990-03-31"}, **name)
    two = person(workspace, email="x@tui.example", attributes={"birthday": "1990-03-31"}, **name)
    person(workspace, email="y@tui.example", attributes={"birthday": "1991-03-31"}, **name)

    search(workspace)

    assert found() == [({one.pk, two.pk}, ["name_birthday"], 80)]


@pytest.mark.django_db
def test_name_and_beginning_of_the_address(workspace: Workspace) -> None:
    name = {"first_name": "Ann", "last_name": "Ngata"}
    one = person(workspace, email="ann.ngata@kea.example", **name)
    two = person(workspace, email="annngata+x@tui.example", **name)

    search(workspace)

    assert found() == [({one.pk, two.pk}, ["name_email"], 60)]


@pytest.mark.django_db
def test_what_too_many_share_is_said_and_pairs_nobody(workspace: Workspace) -> None:
    for number in range(14):
        person(workspace, email=f"ann+{number}@gmail.com")

    done = search(workspace)

    assert found() == []
    assert done.too_common == [{"reason": "mailbox", "people": 14, "example": "ann+0@gmail.com"}]


@pytest.mark.django_db
def test_dismissed_pairs_do_not_come_back(workspace: Workspace, owner: User) -> None:
    one, two = person(workspace, email="ann@gmail.com"), person(workspace, email="a.nn@gmail.com")
    search(workspace)

    tell_apart(workspace=workspace, contacts=[one, two], actor=owner)
    search(workspace)

    assert found() == []
    assert DuplicateGroup.objects.count() == 0
    assert DuplicatePair.objects.dismissed().get().dismissed_by == owner


@pytest.mark.django_db
def test_telling_apart_with_somebody_erased_changes_nothing(workspace: Workspace) -> None:
    one, two = person(workspace, email="ann@gmail.com"), person(workspace, email="a.nn@gmail.com")
    search(workspace)
    erase_contact(contact=two)

    with pytest.raises(Contact.DoesNotExist):
        tell_apart(workspace=workspace, contacts=[one, two])

    assert DuplicatePair.objects.count() == 0


@pytest.mark.django_db
def test_merge_inside_a_group_leaves_the_rest_of_it(workspace: Workspace) -> None:
    people = [person(workspace, email=email) for email in ("ann@gmail.com", "a.nn@gmail.com", "an.n@gmail.com")]
    search(workspace)

    merge_contacts(workspace=workspace, keep=people[0].public_id, merge=[people[1].public_id])

    assert [members for members, _reasons, _strength in found()] == [{people[0].pk, people[2].pk}]
    assert DuplicateGroup.objects.get().size == 2


@pytest.mark.django_db
def test_what_was_said_of_the_merged_holds_for_the_kept(workspace: Workspace) -> None:
    people = [person(workspace, email=email) for email in ("ann@gmail.com", "a.nn@gmail.com", "an.n@gmail.com")]
    tell_apart(workspace=workspace, contacts=[people[1], people[2]])

    merge_contacts(workspace=workspace, keep=people[0].public_id, merge=[people[1].public_id])
    search(workspace)

    assert found() == []


@pytest.mark.django_db
def test_group_keeps_its_address_when_the_search_is_made_again(workspace: Workspace) -> None:
    person(workspace, email="ann@gmail.com")
    person(workspace, email="a.nn@gmail.com")
    search(workspace)
    before = DuplicateGroup.objects.get().public_id

    search(workspace)

    assert DuplicateGroup.objects.get().public_id == before


@pytest.mark.django_db
def test_people_of_another_workspace_are_never_paired(workspace: Workspace, other_workspace: Workspace) -> None:
    person(workspace, email="ann@gmail.com")
    person(other_workspace, email="a.nn@gmail.com")

    search(workspace)
    search(other_workspace)

    assert found() == []


@pytest.mark.django_db
def test_search_that_a_worker_holds_is_not_begun_twice(workspace: Workspace) -> None:
    ask_for_search(workspace=workspace)
    DuplicateSearch.objects.update(status="running", lease_until=now() + dt.timedelta(minutes=1))

    find_duplicates(workspace_id=workspace.pk)
    ask_for_search(workspace=workspace)

    assert DuplicateSearch.objects.get().status == "running"


@pytest.mark.django_db
def test_tick_makes_a_search_for_every_workspace_and_again_the_next_day(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    wake_searches()
    assert set(DuplicateSearch.objects.values_list("workspace", "status")) == {
        (workspace.pk, "queued"),
        (other_workspace.pk, "queued"),
    }
    search(workspace)
    DuplicateSearch.objects.filter(workspace=workspace).update(started_at=now() - dt.timedelta(hours=25))

    wake_searches()

    assert DuplicateSearch.objects.get(workspace=workspace).status == "queued"


@pytest.mark.django_db
def test_birthday_is_guessed_by_its_key_and_can_be_chosen(workspace: Workspace) -> None:
    for key in ("last_stay", "date_of_birth"):
        Attribute.objects.create(workspace=workspace, key=key, type="date", label=key)
    Attribute.objects.create(workspace=workspace, key="birthday", type="text", label="As text")

    assert birthday_of(workspace, None) == "date_of_birth"
    assert birthday_of(workspace, "last_stay") == "last_stay"
    assert birthday_of(workspace, "") == ""
    with pytest.raises(ContactError):
        ask_for_search(workspace=workspace, birthday_key="birthday")
    assert DuplicateSearch.objects.count() == 0


@given(REASONS)
def test_strength_is_a_share_of_hundred(reasons: set[str]) -> None:
    assert 0 <= strength(reasons) <= 100


@given(REASONS, st.sampled_from(list(FOR)))
def test_more_that_speaks_for_it_never_weakens(reasons: set[str], reason: str) -> None:
    assert strength(reasons | {reason}) >= strength(reasons)


@given(REASONS, st.sampled_from(list(AGAINST)))
def test_more_that_speaks_against_it_never_strengthens(reasons: set[str], reason: str) -> None:
    assert strength(reasons | {reason}) <= strength(reasons)


def test_different_birthdays_are_hardly_one_person() -> None:
    one = Traits("ann", "ngata", "1990-01-01", external_id="A")
    two = Traits("ann", "ngata", "1991-01-01", external_id="B")

    assert weigh(["phone"], one, two) == (30, ["phone", "same_name", "other_birthday", "other_id"])
    assert level(30) == ""


PAIRS = st.dictionaries(
    st.tuples(st.integers(1, 30), st.integers(1, 30)).filter(lambda pair: pair[0] < pair[1]), st.integers(40, 100)
)


@given(PAIRS)
def test_nobody_is_in_two_groups_and_no_group_is_too_large(strengths: dict[tuple[int, int], int]) -> None:
    groups = group_pairs(strengths)

    members = [member for group in groups for member in group.members]
    assert len(members) == len(set(members))
    assert all(2 <= len(group.members) <= MOST_TOGETHER for group in groups)
    assert all(group.members == {member for pair in group.pairs for member in pair} for group in groups)
    assert all(group.strength == min(strengths[pair] for pair in group.pairs) for group in groups)


def test_group_with_two_who_are_not_one_is_not_certain() -> None:
    groups = group_pairs({(1, 2): 97, (2, 3): 97}, [(1, 3)])

    assert [(group.members, group.strength) for group in groups] == [({1, 2, 3}, 69)]


def test_pair_is_ordered() -> None:
    assert ordered(5, 3) == ordered(3, 5) == (3, 5)
