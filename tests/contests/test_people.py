"""Entrants as people: erased, merged, shown what is kept of them; and the pages of those who run the contest."""

import pytest

from contacts.models import Contact
from contacts.rights.registry import providers
from contacts.services import erase_contact
from contests import links
from contests.models import Code, Contest, Entry, Identity, Winner
from contests.services import claim_prize, draw_with_value
from contests.services.codes import add_codes
from contests.services.following import seal_now
from core.clock import now
from tests.cast import client_of
from tests.contests.giveaway import HOUR, enter, published

pytestmark = pytest.mark.django_db


def closed(contest: Contest) -> Contest:
    """The contest after its time, as far as the clock of its row says."""
    Contest.objects.filter(pk=contest.pk).update(phase="closed", draws_at=now() - HOUR)
    contest.refresh_from_db()
    return contest


@pytest.fixture(autouse=True)
def _voting_is_over(monkeypatch):
    monkeypatch.setattr("contests.services.closing.terms.voting_ends_at", lambda _settings: now() - HOUR)


def test_erased_entrant_leaves_the_contest_and_no_trace_but_numbers(workspace, owner):
    contest = published(workspace, owner)
    entry = enter(contest, "ann@kea.example", ip="203.0.113.7", agent="Firefox")

    erase_contact(contact=Contact.objects.get(), actor=owner)

    entry.refresh_from_db()
    assert (entry.status, entry.reason, entry.contact_id, entry.session_id) == ("withdrawn", "erased", None, None)
    assert Identity.objects.count() == 0
    assert Entry.objects.count() == 1


def test_erased_winner_stays_a_number_in_the_documents(workspace, owner):
    contest = published(workspace, owner)
    entry = enter(contest, "ann@kea.example")
    seal_now(contest=closed(contest), actor=owner)
    draw_with_value(contest=contest, value="7", actor=owner)
    claim_prize(winner=Winner.objects.get(), message="14 Ardmore Street")

    erase_contact(contact=Contact.objects.get(), actor=owner)

    winner = Winner.objects.select_related("entry").get()
    assert (winner.message, winner.entry.status, winner.entry.contact_id) == ("", "verified", None)
    assert f"winner:1:week:{entry.entry_ref}:" in contest.document("result").body


def test_person_is_shown_their_entries_and_codes(workspace, owner):
    contest = published(workspace, owner)
    entry = enter(contest, "ann@kea.example")
    pool, added, known = add_codes(workspace=workspace, key="summer", text="AAA\nBBB\nAAA\n", actor=owner)
    assert (added, known, pool.codes.count()) == (2, 0, 2)
    Code.objects.filter(pk=pool.codes.first().pk).update(contact=entry.contact, given_at=now())

    found = {part.key: list(part.rows) for give in providers() for part in give(entry.contact)}

    assert [(row["reference"], row["tickets"]) for row in found["contest_entries"]] == [(entry.entry_ref, 1)]
    assert [row["code"] for row in found["prize_codes"]] == ["AAA"]


def test_panel_shows_numbers_and_a_stranger_finds_nothing(workspace, owner, stranger, viewer):
    contest = published(workspace, owner)
    entry = enter(contest, "ann@kea.example")
    base = f"/w/kea-cabins/contests/{contest.flow.public_id}/"

    for page in ("", "counter/", "entries/", "entries/?state=flagged"):
        assert client_of(viewer).get(base + page).status_code == 200
        assert client_of(stranger).get(base + page).status_code == 404
    assert client_of(owner).get("/w/kea-cabins/contests/").status_code == 200
    # The same objects through a workspace of one's own.
    mine = f"/w/elsewhere/contests/{contest.flow.public_id}/"
    assert client_of(stranger).get(mine).status_code == 404
    answer = client_of(stranger).post(f"{mine}entries/{entry.public_id}/", {"action": "reject", "reason": "other"})
    assert answer.status_code == 404
    entry.refresh_from_db()
    assert entry.status == "verified"


def test_turning_down_needs_a_reason_of_the_list(workspace, owner, teammate):
    contest = published(workspace, owner)
    entry = enter(contest, "ann@kea.example")
    path = f"/w/kea-cabins/contests/{contest.flow.public_id}/entries/{entry.public_id}/"

    client_of(teammate).post(path, {"action": "reject", "reason": "I do not like them"})
    entry.refresh_from_db()
    assert entry.status == "verified"
    client_of(teammate).post(path, {"action": "reject", "reason": "same_person"})
    entry.refresh_from_db()
    assert (entry.status, entry.reason, entry.decided_by) == ("rejected", "same_person", teammate)


def test_list_is_sealed_and_drawn_from_the_panel(workspace, owner, client):
    contest = published(workspace, owner)
    enter(contest, "ann@kea.example")
    base, browser = f"/w/kea-cabins/contests/{contest.flow.public_id}/", client_of(owner)
    closed(contest)

    browser.post(f"{base}seal/")
    contest.refresh_from_db()
    assert contest.phase == "committed"
    assert "lottery of that day" in browser.get(base).text
    assert browser.post(f"{base}draw/", {"value": "  "}).status_code == 422
    browser.post(f"{base}draw/", {"value": "3 14 15"})
    contest.refresh_from_db()
    assert (contest.phase, contest.public_value) == ("drawn", "3 14 15")
    assert links.claim_url(Winner.objects.get()).startswith("http")
    assert client.get(f"/f/{contest.flow.public_id}/draw/").status_code == 200


def test_codes_are_added_once_and_kept_encrypted(workspace, owner):
    path = "/w/kea-cabins/contests/codes/"

    assert client_of(owner).post(path, {"key": "summer", "codes": "KEA-1\nKEA-2\n"}).status_code == 302
    client_of(owner).post(path, {"key": "summer", "codes": "KEA-2\nKEA-3\n"})

    assert sorted(Code.objects.values_list("text", flat=True)) == ["KEA-1", "KEA-2", "KEA-3"]
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM contests_code WHERE text LIKE '%%KEA%%'")
        assert cursor.fetchone() == (0,)
    assert client_of(owner).post(path, {"key": "summer", "codes": " \n"}).status_code == 422
