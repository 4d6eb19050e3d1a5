"""Unsaved work, versions, sizes, overlap and ready-made segments, as pages."""

import datetime as dt

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from consent.models import Topic
from contacts.models import Attribute
from core.clock import now
from segments import services
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_rule
from segments.models import Following, MemberChange, Segment, SegmentDraft, SegmentSize, SegmentVersion
from segments.services.sizes import local_day
from segments.views.looking import People
from tests.cast import client_of, make_contact
from tests.segments.test_views import HTMX, hidden, shown_rule, state, url

pytestmark = pytest.mark.django_db
DE, NZ = 'contact country is "DE"', 'contact country is "NZ"'


@pytest.fixture
def editor(teammate):
    return client_of(teammate)


@pytest.fixture
def germans(workspace, owner):
    values = {"name": "Germans", "key": "germans", "rule": parse_text(DE)}
    return services.save_segment(workspace=workspace, actor=owner, values=values)


def edit(editor, workspace, segment, text, operation="", **more):
    """Post the page with another rule on it, as a browser with script does."""
    form = {"op": operation, "name": "Germans", "version": "1", "state": state(workspace, text), **more}
    where = url("detail", workspace, segment.public_id) if segment else url("create", workspace)
    return editor.post(where, form, **HTMX)


def test_edit_is_kept_and_gone_on_with(editor, workspace, germans):
    edit(editor, workspace, germans, NZ, name="Kiwis")
    page = editor.get(url("detail", workspace, germans.public_id))
    assert shown_rule(page, editor, workspace) == NZ
    assert "You go on where you stopped." in page.content.decode()
    assert 'value="Kiwis"' in page.content.decode()
    germans.refresh_from_db()
    assert (germans.name, print_rule(germans.rule)) == ("Germans", DE)


def test_what_is_as_it_was_saved_needs_no_draft(editor, workspace, germans):
    edit(editor, workspace, germans, NZ)
    assert SegmentDraft.objects.count() == 1
    edit(editor, workspace, germans, DE)
    assert not SegmentDraft.objects.exists()


def test_draft_is_only_ones_own(editor, workspace, germans, owner, viewer):
    edit(editor, workspace, germans, NZ)
    for somebody in (owner, viewer):
        page = client_of(somebody).get(url("detail", workspace, germans.public_id))
        assert shown_rule(page, editor, workspace) == DE


def test_saving_ends_the_draft(editor, workspace, germans):
    edit(editor, workspace, germans, NZ)
    edit(editor, workspace, germans, NZ, "save")
    germans.refresh_from_db()
    assert print_rule(germans.rule) == NZ
    assert not SegmentDraft.objects.exists()


def test_discarded_work_comes_back_with_undo(editor, workspace, germans):
    edit(editor, workspace, germans, NZ)
    answer = edit(editor, workspace, germans, NZ, "discard")
    assert shown_rule(answer, editor, workspace) == DE
    assert not SegmentDraft.objects.exists()
    where = url("detail", workspace, germans.public_id)
    answer = editor.post(where, {**hidden(answer), "op": "undo", "name": "Germans"}, **HTMX)
    assert shown_rule(answer, editor, workspace) == NZ


def test_new_segment_is_kept_under_an_address_of_its_own(editor, workspace):
    answer = edit(editor, workspace, None, NZ, name="Kiwis")
    draft = SegmentDraft.objects.get()
    address = f"{url('create', workspace)}?draft={draft.public_id}"
    assert answer["HX-Replace-Url"] == address
    assert shown_rule(editor.get(address), editor, workspace) == NZ
    assert address in editor.get(url("list", workspace)).content.decode()
    # The next edit of the same page goes on with the same draft.
    editor.post(url("create", workspace), {**hidden(answer), "op": "", "name": "Kiwis!"}, **HTMX)
    assert SegmentDraft.objects.get().name == "Kiwis!"


def test_typing_is_kept_by_the_count_and_looking_is_not(editor, workspace, germans, viewer):
    form = {"state": state(workspace, NZ), "segment": str(germans.public_id), "version": "1", "name": "Germans"}
    editor.post(url("preview", workspace), form, **HTMX)
    client_of(viewer).post(url("preview", workspace), {**form, "touched": "1"}, **HTMX)
    assert not SegmentDraft.objects.exists()
    page = editor.post(url("preview", workspace), {**form, "touched": "1"}, **HTMX).content.decode()
    assert "Draft saved" in page
    assert SegmentDraft.objects.get().segment == germans


@pytest.mark.parametrize("number", ["nonsense", "00000000-0000-7000-8000-000000000000"])
def test_draft_that_is_not_there_is_not_found(editor, workspace, number):
    assert editor.get(url("create", workspace), {"draft": number}).status_code == 404


def test_draft_of_somebody_else_is_not_found(editor, workspace, owner):
    edit(client_of(owner), workspace, None, NZ)
    draft = SegmentDraft.objects.get()
    assert editor.get(url("create", workspace), {"draft": draft.public_id}).status_code == 404
    assert editor.post(url("discard-draft", workspace, draft.public_id)).status_code == 404
    assert SegmentDraft.objects.exists()
    client_of(owner).post(url("discard-draft", workspace, draft.public_id))
    assert not SegmentDraft.objects.exists()


def test_who_saved_meanwhile_is_said_and_either_can_win(editor, workspace, germans, owner):
    values = {"name": "Germans", "rule": parse_text("everyone")}
    services.save_segment(workspace=workspace, actor=owner, values=values, segment=germans)
    answer = edit(editor, workspace, germans, NZ)
    assert f"{owner} saved version 2" in answer.content.decode()
    assert edit(editor, workspace, germans, NZ, "save").status_code == 422
    # Of another version than the one read about it is refused again.
    assert edit(editor, workspace, germans, NZ, "save_over", seen="1").status_code == 422
    germans.refresh_from_db()
    assert print_rule(germans.rule) == "everyone"
    assert edit(editor, workspace, germans, NZ, "save_over", seen="2").status_code == 204
    germans.refresh_from_db()
    assert (germans.version, print_rule(germans.rule)) == (3, NZ)


def test_mine_can_become_a_segment_of_its_own(editor, workspace, germans):
    edit(editor, workspace, germans, NZ, "save_as")
    assert [(one.name, print_rule(one.rule)) for one in Segment.objects.order_by("id")] == [
        ("Germans", DE),
        ("Germans (copy)", NZ),
    ]


def test_versions_tell_what_changed_and_lead_back(editor, workspace, germans, owner):
    make_contact(workspace, "a@example.org", country="DE", first_name="Anna")
    make_contact(workspace, "b@example.org", country="NZ", first_name="Ben")
    values = {"name": "Germans", "rule": parse_text(NZ)}
    services.save_segment(workspace=workspace, actor=owner, values=values, segment=germans)
    assert "Version 2" in editor.get(url("versions", workspace, germans.public_id)).content.decode()
    where = url("changes", workspace, germans.public_id, 1)
    page = editor.get(where).content.decode()
    assert "<del>Country is Germany</del>" in page
    people = editor.get(where, {"part": "people"}, **HTMX).content.decode()
    assert "1 people before, 1 after" in people
    assert "Anna" in people
    assert "Ben" in people
    editor.post(url("restore", workspace, germans.public_id, 1))
    germans.refresh_from_db()
    assert (germans.version, print_rule(germans.rule)) == (3, DE)


def test_draft_is_compared_with_what_is_live(editor, workspace, germans):
    edit(editor, workspace, germans, f"{DE} and {NZ}")
    page = editor.get(url("changes", workspace, germans.public_id, 1), {"to": "draft"}).content.decode()
    assert "What your draft changes in version 1" in page
    assert "Country is New Zealand" in page


def test_version_of_what_is_gone_is_told_and_does_not_come_back(editor, workspace, germans):
    SegmentVersion.objects.create(
        segment=germans, number=9, name="Old", rule=parse_text("attribute gone is set"), saved_at=germans.created_at
    )
    where = url("changes", workspace, germans.public_id, 9)
    assert "names something that is gone" in editor.get(where, {"part": "people"}, **HTMX).content.decode()
    editor.post(url("restore", workspace, germans.public_id, 9))
    germans.refresh_from_db()
    assert (germans.version, print_rule(germans.rule)) == (1, DE)
    assert editor.get(url("changes", workspace, germans.public_id, 7)).status_code == 404


def test_viewer_reads_versions_and_goes_not_back(viewer, workspace, germans):
    client = client_of(viewer)
    assert client.get(url("changes", workspace, germans.public_id, 1)).status_code == 200
    assert client.post(url("restore", workspace, germans.public_id, 1)).status_code == 403
    assert client.post(url("duplicate", workspace, germans.public_id)).status_code == 403


def test_page_shows_the_picture_of_the_sizes_and_who_uses_it(editor, workspace, germans):
    today = local_day(workspace)
    for days, count in ((8, 40), (1, 90), (0, 100)):
        SegmentSize.objects.create(segment=germans, day=today - dt.timedelta(days=days), count=count)
    Campaign.objects.create(workspace=workspace, name="Spring", segment=germans)
    values = {"name": "All of them", "rule": parse_text("segment germans or everyone")}
    services.save_segment(workspace=workspace, actor=None, values=values)
    page = editor.get(url("detail", workspace, germans.public_id)).content.decode()
    assert "60 more than a week ago" in page
    assert "From 40 people on" in page
    assert "Spring" in page
    assert "All of them" in page
    rows = editor.get(url("list", workspace)).content.decode()
    assert 'aria-label="From 40 to 100 people"' in rows
    assert "+60" in rows


def test_page_says_who_came_and_went_by_themselves(editor, workspace, germans):
    anna, where = make_contact(workspace, "a@example.org"), url("detail", workspace, germans.public_id)
    Following.objects.update_or_create(segment=germans, defaults={"workspace": workspace})
    assert "from now on" in editor.get(where).content.decode()
    Following.objects.update(is_filled=True, evaluated_at=now())
    for change, cause, days in (
        ("entered", "rule", 1),
        ("entered", "data", 1),
        ("entered", "time", 2),
        ("left", "data", 3),
        ("left", "data", 9),
    ):
        at = now() - dt.timedelta(days=days)
        MemberChange.objects.create(
            workspace=workspace, segment=germans, contact=anna, change=change, cause=cause, at=at
        )
    page = editor.get(where).content.decode()
    assert '<bdi dir="ltr">+2</bdi>' in page
    assert '<bdi dir="ltr">−1</bdi>' in page


def test_overlap_is_counted_with_the_largest_and_with_one_that_is_chosen(editor, workspace, germans):
    for number, country in enumerate(["DE", "DE", "NZ"]):
        make_contact(workspace, f"{number}@example.org", country=country)
    form = {"state": state(workspace, "everyone")}
    assert "2 in both" in editor.post(url("overlap", workspace), form, **HTMX).content.decode()
    chosen = editor.post(url("overlap", workspace), {**form, "other": str(germans.public_id)}, **HTMX).content.decode()
    assert "1 people only here, 2 in both, 0 only in the other" in chosen
    assert "out of date" in editor.post(url("overlap", workspace), {"state": "forged"}, **HTMX).content.decode()


def test_ready_made_segments_are_counted_and_say_what_they_lack(editor, workspace):
    Topic.objects.filter(workspace=workspace).delete()
    page = editor.get(url("start", workspace)).content.decode()
    assert "It needs a topic people can agree to." in page
    assert "It needs an attribute of the type date" in page
    make_contact(workspace, "a@example.org")
    counts = editor.get(url("start", workspace), {"part": "counts"}, **HTMX).content.decode()
    assert 'hx-target="#count-no-phone" hx-swap="innerHTML">1 person<' in counts
    Attribute.objects.create(workspace=workspace, key="birthday", type="date", label="Birthday")
    assert "starter=birthday" in editor.get(url("start", workspace)).content.decode()


def test_duplicate_is_a_segment_of_its_own(editor, workspace, germans):
    answer = editor.post(url("duplicate", workspace, germans.public_id))
    copy = Segment.objects.exclude(pk=germans.pk).get()
    assert answer["Location"] == url("detail", workspace, copy.public_id)
    assert (copy.name, copy.rule) == ("Germans (copy)", germans.rule)


def test_exact_count_replaces_the_estimate(editor, workspace):
    make_contact(workspace, "a@example.org")
    where = f"{url('preview', workspace)}?part=exact"
    page = editor.post(where, {"state": state(workspace, "everyone")}, **HTMX).content.decode()
    assert "1 person now" in page
    assert "Estimate" not in page
    lines = f"{url('preview', workspace)}?part=lines"
    page = editor.post(lines, {"state": state(workspace, f"{DE} or {NZ}")}, **HTMX).content.decode()
    assert 'hx-target="#hits-where-any-1" hx-swap="innerHTML">0 people<' in page
    unfinished = {"/where/all/0:subject": "contact:country", "/where/all/0:op": "eq", "/where/all/0:value": ""}
    assert editor.post(where, {"state": state(workspace, DE), **unfinished}, **HTMX).status_code == 204


def test_page_asks_again_for_what_was_only_estimated(workspace):
    rough = People(services.Count(5000, is_exact=False), 9000, reach=[("Mail", services.Count(40, is_exact=False))])
    page = render_to_string("segments/_people.html", {"people": rough, "workspace": workspace})
    assert "about 5,000" in page
    assert "about 40" in page
    assert "part=exact" in page
    assert "part=lines" in page
    exact = People(services.Count(5000), 9000, reach=[("Mail", services.Count(40))])
    assert "part=" not in render_to_string("segments/_people.html", {"people": exact, "workspace": workspace})


def test_list_asks_as_often_for_one_segment_as_for_twenty(editor, workspace, germans):
    SegmentSize.objects.create(segment=germans, day=local_day(workspace), count=1)
    with CaptureQueriesContext(connection) as few:
        editor.get(url("list", workspace))
    for number in range(20):
        one = Segment.objects.create(workspace=workspace, name=f"S{number}", key=f"s{number}", rule=germans.rule)
        SegmentSize.objects.create(segment=one, day=local_day(workspace), count=number)
    with CaptureQueriesContext(connection) as many:
        editor.get(url("list", workspace))
    assert len(many) == len(few)


def test_page_says_who_saved_last_and_leads_to_what_changed(editor, workspace, germans, owner):
    where = url("detail", workspace, germans.public_id)
    assert "See what changed" not in editor.get(where).content.decode()
    values = {"name": "Germans", "rule": parse_text(NZ)}
    services.save_segment(workspace=workspace, actor=owner, values=values, segment=germans)
    page = editor.get(where).content.decode()
    assert "Version 2 was saved by" in page
    assert f'href="{url("changes", workspace, germans.public_id, 1)}"' in page
