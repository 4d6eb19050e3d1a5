"""Public pages: rules, documents, the script that checks them, one's own entry."""

import io
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client

from contests import links, verify_draw
from contests.models import Contest, Document, Entry, Winner
from contests.services import WrongCode, draw_with_value, follow_contest, verify_by_code
from contests.services.verifying import code_of
from core import clock
from delivery.models import Message
from flows.engine.draw import DRAND, Terms, draw
from flows.engine.draw import Entry as DrawEntry
from flows.panels import panel_lines
from tests.contests.giveaway import DAY, HOUR, enter, published

pytestmark = pytest.mark.django_db
SCRIPT = Path(verify_draw.__file__)


def address(contest: Contest, page: str) -> str:
    return f"/f/{contest.flow.public_id}/{page}"


def run_script(folder: Path, *receipts: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(folder), *receipts], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def finish(contest: Contest, monkeypatch: pytest.MonkeyPatch, value: str = "7 8 9") -> None:
    begin, started = clock.now(), time.monotonic()
    for by in (2 * DAY, 3 * DAY + HOUR):
        monkeypatch.setattr(clock, "_followed", (begin + by, started))
        follow_contest(contest_id=contest.pk)
    draw_with_value(contest=contest, value=value, actor=None)


def test_real_draw_is_checked_by_the_script_that_anybody_downloads(workspace, owner, client, monkeypatch, tmp_path):
    contest = published(
        workspace, owner, prizes=[{"key": "kit", "name": "Kit", "quantity": 2}],
        entry_limits=[{"by": "email", "max": 3, "per": "campaign"}],
    )  # fmt: skip
    entries = [enter(contest, f"guest{number % 5}@kea.example") for number in range(9)]
    finish(contest, monkeypatch)

    packed = client.get(address(contest, "draw/documents.zip"))
    zipfile.ZipFile(io.BytesIO(packed.content)).extractall(tmp_path)
    mine = tmp_path / "receipt"
    page = client.get(f"/f/{contest.flow.public_id}/entry/{links.token_of(links.STATUS, entries[3].public_id)}/")
    mine.write_text(page.context["receipt"])

    status, said = run_script(tmp_path, str(mine))
    assert status == 0, said
    assert "the winners are those with the smallest hashes: 2" in said
    assert f"your receipt takes part with 1 tickets: {entries[3].entry_ref}" in said
    assert (tmp_path / "verify_draw.py").read_bytes() == SCRIPT.read_bytes()
    listed = (tmp_path / "entries.txt").read_text()
    (tmp_path / "entries.txt").write_text(listed.replace(",1,", ",2,", 1))
    assert run_script(tmp_path)[0] == 1


def test_script_agrees_with_the_engine_on_removals_groups_and_drand(tmp_path):
    people = ["ann", "bo", "ann", "cy", "di", "bo"]
    entries = [
        DrawEntry(f"e{n}", f"{n:032x}", n + 1, who, n + 1, "2026-06-02T12:00:00Z", "withdrawn" if who == "di" else "")
        for n, who in enumerate(people)
    ]
    terms = Terms(
        "c-мир", "2026-06-01T00:00:00Z", "2026-06-30T22:00:00Z", [("kit", 1), ("voucher", 1)], 3, "contact", DRAND,
        "quicknet:round 7", "2026-07-01T10:00:00Z", "a" * 64, "b" * 32, "c" * 64,
    )  # fmt: skip
    made = draw(terms, entries, "d" * 64)
    for name in ("opening", "entries", "removed", "commitment", "result"):
        (tmp_path / f"{name}.txt").write_bytes(getattr(made, name).encode())

    status, said = run_script(tmp_path)
    assert (status, "Everything is right." in said) == (0, True), said


def test_rules_and_draw_are_told_before_anybody_enters(workspace, owner, client):
    contest = published(workspace, owner)

    rules = client.get(address(contest, "rules/"))
    assert rules.status_code == 200
    assert "Kea Cabins Ltd" in rules.text
    draw_page = client.get(address(contest, "draw/"))
    assert Document.objects.get(kind="opening").sha256 in draw_page.text
    opening = client.get(address(contest, "draw/opening.txt"))
    assert opening.content.decode() == Document.objects.get(kind="opening").body


def test_rules_name_an_address_once(workspace, owner, client):
    workspace.postal_address = "12 Lakeside Road"
    workspace.save()
    contest = published(workspace, owner, rules={"sponsor": "Kea, 12 Lakeside road", "url": "rules/"})
    other = published(workspace, owner, key="other")

    assert "run by Kea, 12 Lakeside road." in client.get(address(contest, "rules/")).text
    told = client.get(address(other, "rules/")).text
    assert "run by Kea Cabins Ltd, 12 Lakeside Road." in told
    assert 'More is at <a href="https://kea.example/rules"' in told


def test_link_to_hand_on_brings_its_owner_tickets(workspace, owner):
    thankful = published(workspace, owner, verification="email_link", referral={"tickets_per_referral": 2, "cap": 5})
    other = published(workspace, owner, key="other")

    entry = enter(thankful, "ann@kea.example")
    assert panel_lines("share", entry.session) == [links.friend_url(entry)]
    assert panel_lines("share", enter(other, "ann@kea.example").session) == []


def test_page_of_an_entry_copies_links_and_never_shows_them_as_text(workspace, owner, client):
    contest = published(workspace, owner, verification="email_link", referral={"tickets_per_referral": 2, "cap": 5})
    entry = enter(contest, "ann@kea.example")
    friend = links.friend_url(entry)
    html = client.get(urlsplit(links.status_url(entry)).path).text

    assert f'data-copy="{friend}"' in html
    assert f">{friend}<" not in html
    assert 'src="/static/js/public.js"' in html


def test_flow_that_promised_nothing_has_no_such_pages(workspace, owner, client):
    contest = published(workspace, owner)
    Contest.objects.update(phase="draft")

    for page in ("rules/", "draw/", "draw/opening.txt", "draw/documents.zip", "draw/verify_draw.py", "leaders/"):
        assert client.get(address(contest, page)).status_code == 404


def test_link_of_the_mail_confirms_by_post_only(workspace, owner, client):
    contest = published(workspace, owner, verification="email_link")
    entry = enter(contest, "ann@kea.example")
    url = links.verify_url(entry)
    assert url in Message.objects.get().data["text"]
    path = urlsplit(url).path

    assert client.get(path).status_code == 200
    entry.refresh_from_db()
    assert entry.status == "pending"
    # A mail program without cookies.
    answer = Client(enforce_csrf_checks=True).post(path)
    entry.refresh_from_db()
    assert (answer.status_code, entry.status) == (302, "verified")
    assert "You are in" in client.get(urlsplit(answer.url).path).text


def test_code_of_the_mail_confirms_and_a_wrong_one_does_not(workspace, owner, client):
    contest = published(workspace, owner, verification="email_code")
    entry = enter(contest, "ann@kea.example")
    path = f"/f/{contest.flow.public_id}/entry/{links.token_of(links.STATUS, entry.public_id)}/"
    right = code_of(entry)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    assert client.post(path, {"action": "code", "code": wrong}).status_code == 422
    entry.refresh_from_db()
    assert (entry.status, entry.tries) == ("pending", 1)
    assert client.post(path, {"action": "code", "code": right}).status_code == 302
    entry.refresh_from_db()
    assert entry.status == "verified"


def test_fifth_wrong_code_ends_the_tries(workspace, owner, client):
    contest = published(workspace, owner, verification="email_code")
    entry = enter(contest, "ann@kea.example")
    for _try in range(5):
        with pytest.raises(WrongCode):
            verify_by_code(entry=entry, code="")

    with pytest.raises(WrongCode):
        verify_by_code(entry=entry, code=code_of(entry))
    entry.refresh_from_db()
    assert entry.status == "pending"


def test_foreign_token_finds_nobody(workspace, owner, client):
    contest = published(workspace, owner)
    entry = enter(contest, "ann@kea.example")
    verify = links.token_of(links.VERIFY, entry.public_id)

    for path in (f"entry/{verify}/", "entry/guess/", f"claim/{verify}/", "confirm/guess/"):
        assert client.get(address(contest, path)).status_code == 404


def test_withdrawn_entry_takes_no_part(workspace, owner, client):
    contest = published(workspace, owner)
    entry = enter(contest, "ann@kea.example")
    path = f"/f/{contest.flow.public_id}/entry/{links.token_of(links.STATUS, entry.public_id)}/"

    assert client.post(f"{path}withdraw/").status_code == 302
    assert Entry.objects.get().status == "withdrawn"
    assert "You took your entry back" in client.get(path).text


def test_winner_claims_on_their_page(workspace, owner, client, monkeypatch):
    contest = published(workspace, owner, prizes=[{"key": "week", "name": "Week", "quantity": 1, "fulfilment": "ship"}])
    enter(contest, "ann@kea.example")
    finish(contest, monkeypatch)
    winner = Winner.objects.select_related("contest__flow").get()
    path = address(contest, f"claim/{links.token_of(links.CLAIM, winner.public_id)}/")

    assert "Where shall we send it?" in client.get(path).text
    assert client.post(path, {"action": "claim", "message": "14 Ardmore Street"}).status_code == 302
    winner.refresh_from_db()
    assert (winner.state, winner.message) == ("claimed", "14 Ardmore Street")
    assert client.post(path, {"action": "decline"}).status_code == 409
