"""The do-not-write list: stronger reasons win, and only the right person can take one away."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry, User, Workspace
from consent.models import Suppression
from consent.services import CannotLift, InvalidSuppression, lift_suppression, suppress_address, suppress_domain
from consent.services.suppressions import STRENGTH
from contacts.models import Contact
from contacts.services import erase_contact
from core.crypto import address_hash
from events.services import run_due_handlers
from tests.cast import client_of
from tests.consent.conftest import ADDRESS

reasons = st.sampled_from(Suppression.Reason.values)


@given(history=st.lists(reasons, min_size=1, max_size=5))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_strongest_reason_stands(workspace: Workspace, history: list[str]) -> None:
    Suppression.objects.all().delete()
    for reason in history:
        suppress_address(workspace=workspace, addresses=[ADDRESS, ADDRESS], reason=reason)
    row = Suppression.objects.get()
    assert row.reason == max(history, key=[str(name) for name in STRENGTH].index)
    assert bytes(row.address_hash) == address_hash(ADDRESS)


def test_many_addresses_are_one_statement(workspace: Workspace, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        suppress_address(workspace=workspace, addresses=[f"a{n}@x.example" for n in range(500)], reason="hard_bounce")
    assert Suppression.objects.count() == 500


@pytest.mark.parametrize("reason", ["manual", "invalid", "hard_bounce"])
def test_adding_and_lifting_does_not_undo_an_unsubscribing(workspace: Workspace, owner: User, reason: str) -> None:
    suppress_address(workspace=workspace, addresses=[ADDRESS], reason="unsubscribe")
    suppress_address(workspace=workspace, addresses=[ADDRESS], reason=reason, actor=owner)
    with pytest.raises(CannotLift):
        lift_suppression(suppression=Suppression.objects.get(), actor=owner, is_owner=True)
    assert Suppression.objects.get().reason == "unsubscribe"


def test_every_reason_has_a_strength() -> None:
    assert sorted(STRENGTH) == sorted(Suppression.Reason)


@pytest.mark.parametrize(
    ("text", "domain"),
    [("Example.COM", "example.com"), ("@example.com.", "example.com"), ("bücher.example", "xn--bcher-kva.example")],
)
def test_a_domain_is_stored_as_addresses_carry_it(workspace: Workspace, text: str, domain: str) -> None:
    assert suppress_domain(workspace=workspace, domain=text, reason="manual").domain == domain


@pytest.mark.parametrize("text", ["", "example", "a b.example", "-x.example", "x" * 260 + ".example", ".."])
def test_what_is_no_domain_is_refused(workspace: Workspace, text: str) -> None:
    with pytest.raises(InvalidSuppression, match="not a domain"):
        suppress_domain(workspace=workspace, domain=text, reason="manual")
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("reason", "by_owner", "by_editor"),
    [
        ("manual", True, True),
        ("invalid", True, True),
        ("hard_bounce", True, True),
        ("legal", True, False),
        ("unsubscribe", False, False),
        ("complaint", False, False),
    ],
)
def test_who_may_lift_what(workspace: Workspace, owner: User, reason: str, by_owner: bool, by_editor: bool) -> None:
    for is_owner, allowed in ((True, by_owner), (False, by_editor)):
        suppress_address(workspace=workspace, addresses=[ADDRESS], reason=reason)
        row = Suppression.objects.get()
        if allowed:
            lift_suppression(suppression=row, actor=owner, is_owner=is_owner)
        else:
            with pytest.raises(CannotLift):
                lift_suppression(suppression=row, actor=owner, is_owner=is_owner)
        assert Suppression.objects.exists() != allowed


def test_erasing_somebody_keeps_only_the_digest(workspace: Workspace, contact: Contact) -> None:
    suppress_address(workspace=workspace, addresses=[ADDRESS], reason="complaint", note="Called us")
    erase_contact(contact=contact)
    run_due_handlers()
    row = Suppression.objects.get()
    assert (row.address, row.note, bytes(row.address_hash)) == ("", "", address_hash(ADDRESS))


URL = "/w/kea-cabins/consent/suppressions/"


@pytest.mark.parametrize(
    ("what", "address", "domain"),
    [("Anna@Example.com", "anna@example.com", ""), ("example.com", "", "example.com"), ("@x.org", "", "x.org")],
)
def test_a_teammate_adds_an_address_or_a_domain(teammate: User, what: str, address: str, domain: str) -> None:
    answer = client_of(teammate).post(URL, {"what": what, "reason": "manual", "note": "أخبرنا"})
    assert (answer.status_code, answer["Location"]) == (302, URL)
    row = Suppression.objects.get()
    assert (row.address, row.domain, row.reason, row.note) == (address, domain, "manual", "أخبرنا")
    assert AuditEntry.objects.get().action == "suppression.added"


def test_nonsense_is_refused_and_kept_in_the_form(teammate: User) -> None:
    answer = client_of(teammate).post(URL, {"what": "a@b", "reason": "manual"})
    assert answer.status_code == 422
    assert 'value="a@b"' in answer.content.decode()
    assert not Suppression.objects.exists()


def test_an_unknown_reason_is_refused(teammate: User) -> None:
    assert client_of(teammate).post(URL, {"what": "a@b.example", "reason": "complaint"}).status_code == 422


def test_search_finds_parts_domains_and_digests(workspace: Workspace, viewer: User) -> None:
    suppress_address(workspace=workspace, addresses=[ADDRESS, "other@x.example"], reason="manual")
    suppress_domain(workspace=workspace, domain="otago.example", reason="legal")
    hidden = Suppression.objects.create(
        workspace=workspace, reason="complaint", address_hash=address_hash("gone@y.example")
    )
    found = lambda text: list(client_of(viewer).get(URL, {"search": text}).context["rows"])  # noqa: E731
    assert sorted(map(str, found("otago"))) == [ADDRESS, "otago.example"]
    assert found("GONE@y.example ") == [hidden]
    assert found("nobody\x00") == []
    assert len(client_of(viewer).get(URL, {"reason": "legal"}).context["rows"]) == 1


def test_the_list_goes_on_page_by_page(workspace: Workspace, viewer: User) -> None:
    suppress_address(workspace=workspace, addresses=[f"a{n}@x.example" for n in range(120)], reason="manual")
    client, after, seen = client_of(viewer), "", set()
    for size in (50, 50, 20):
        context = client.get(URL, {"after": after}).context
        assert len(context["rows"]) == size
        seen |= {row.pk for row in context["rows"]}
        after = context["following"]
    assert (len(seen), after) == (120, "")


def test_lifting_through_the_page_follows_the_roles(workspace: Workspace, teammate: User, owner: User) -> None:
    suppress_address(workspace=workspace, addresses=[ADDRESS], reason="legal")
    url = f"{URL}{Suppression.objects.get().public_id}/lift/"
    client_of(teammate).post(url)
    assert Suppression.objects.exists()
    client_of(owner).post(url)
    assert not Suppression.objects.exists()
