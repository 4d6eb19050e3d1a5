"""The gallery, the ranking where votes decide, and the way of a visitor who was nobody before."""

import datetime as dt
import struct

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contacts.models import Contact
from contests.models import Contest, Document, Entry, Winner
from contests.services import follow_contest
from core.clock import now
from flows.models import Flow
from flows.services import Visitor, send_event, start_session
from flows.services.files import described, keep_file
from tests.contests.giveaway import HOUR, enter, published

pytestmark = pytest.mark.django_db
PICTURE = (
    b"\xff\xd8" + b"\xff\xdb" + struct.pack(">H", 5) + b"tab" + b"\xff\xda" + struct.pack(">H", 4) + b"scanpicture"
)


@pytest.fixture(autouse=True)
def _own_media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


def with_picture(entry: Entry, *, display: str) -> Entry:
    file = keep_file(session=entry.session, block="photo", file=SimpleUploadedFile("a.jpg", PICTURE, "image/jpeg"))
    entry.picture, entry.display = described(file), display
    entry.save(update_fields=["picture", "display"])
    return entry


def test_picture_is_seen_by_the_team_first_and_by_everybody_once_it_is_shown(workspace, owner, client):
    from tests.cast import client_of

    contest = published(workspace, owner, selection="votes", draw=None)
    entry = with_picture(enter(contest, "ann@kea.example"), display="waiting")
    public = f"/f/{contest.flow.public_id}/gallery/{entry.public_id}/picture/"
    inside = f"/w/kea-cabins/contests/{contest.flow.public_id}/entries/{entry.public_id}/"

    assert client.get(public).status_code == 404
    assert client_of(owner).get(f"{inside}picture/").content == PICTURE
    client_of(owner).post(inside, {"action": "show"})
    shown = client.get(public)
    assert (shown.status_code, shown["Content-Type"], shown["X-Content-Type-Options"]) == (200, "image/jpeg", "nosniff")

    gallery = f"/f/{contest.flow.public_id}/gallery/"
    assert f"gallery/{entry.public_id}/vote/" in client.get(gallery).text
    client.post(f"{gallery}{entry.public_id}/vote/")
    client.post(f"{gallery}{entry.public_id}/vote/")
    entry.refresh_from_db()
    assert entry.votes == 1


def test_most_votes_win_and_one_person_has_one_seat(workspace, owner, monkeypatch):
    prizes = [{"key": "kit", "name": "Kit", "quantity": 2}]
    contest = published(workspace, owner, selection="votes", draw=None, prizes=prizes, entry_limits=[])
    first, second, again = (enter(contest, f"{name}@kea.example") for name in ("ann", "bo", "ann"))
    for entry, votes in ((first, 3), (second, 2), (again, 9)):
        Entry.objects.filter(pk=entry.pk).update(votes=votes)
    monkeypatch.setattr("contests.services.closing.terms.voting_ends_at", lambda _settings: now() - HOUR)
    past = now() - dt.timedelta(minutes=5)
    Contest.objects.filter(pk=contest.pk).update(phase="closed", draws_at=past, next_at=past)

    follow_contest(contest_id=contest.pk)
    follow_contest(contest_id=contest.pk)

    assert list(Winner.objects.order_by("place").values_list("entry", "score")) == [(again.pk, "9"), (second.pk, "2")]
    assert "selection:votes\n" in Document.objects.get(kind="result").body


def test_visitor_who_was_nobody_becomes_a_contact_with_an_entry(workspace, owner):
    contest = published(workspace, owner, verification="email_link")
    flow = Flow.objects.get(pk=contest.flow_id)
    secret = start_session(flow=flow, visitor=Visitor(locale="en", ip="203.0.113.7")).secret

    event = {"type": "submit", "step": "who", "answers": {"email": "new@kea.example"}}
    send_event(flow=flow, secret=secret, event=event, visitor=Visitor(ip="203.0.113.7"))

    entry = Entry.objects.get()
    assert entry.contact == Contact.objects.get(email="new@kea.example")
    assert (entry.status, entry.mails_sent) == ("pending", 1)
