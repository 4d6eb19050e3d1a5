"""Pages of segments."""

import html
import re

import pytest
from django.urls import reverse

from campaigns.models import Campaign
from consent.models import Topic
from segments.builder.state import dump_root
from segments.builder.tree import open_rule
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_rule
from segments.models import Segment
from tests.cast import client_of, make_contact

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def editor(teammate):
    return client_of(teammate)


@pytest.fixture
def germans(workspace):
    return Segment.objects.create(
        workspace=workspace, name="Germans", key="germans", rule=parse_text('contact country is "DE"')
    )


def state(workspace, text):
    return dump_root(open_rule(parse_text(text)), workspace)


def url(name, workspace, *args):
    return reverse(f"segments:{name}", args=[workspace.slug, *args])


TWO = 'contact country is "DE" and contact country is "NZ"'


def hidden(response):
    """What the page carries along: the rule, the steps, the draft."""
    page = response.content.decode()
    return {
        name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    }


def shown_rule(response, editor, workspace):
    """The rule on the page, as the text form says it."""
    page = response.content.decode()
    return html.unescape(re.search(r"<textarea[^>]*>([^<]*)</textarea>", page).group(1)).strip()


def test_list_is_empty_with_a_next_step(editor, workspace):
    page = editor.get(url("list", workspace)).content.decode()
    assert "No segments yet" in page
    assert url("create", workspace) + "?starter=new" in page


def test_list_tells_segments_in_words(editor, workspace, germans):
    page = editor.get(url("list", workspace)).content.decode()
    assert "Germans" in page
    assert "Country is Germany" in page


def test_list_says_what_is_broken(editor, workspace, germans):
    Segment.objects.filter(pk=germans.pk).update(rule=parse_text("attribute gone is set"))
    assert "Broken" in editor.get(url("list", workspace)).content.decode()


def test_list_takes_the_same_queries_for_one_and_twenty(editor, workspace, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    numbers = []
    for count in (1, 20):
        while Segment.objects.count() < count:
            number = Segment.objects.count()
            Segment.objects.create(
                workspace=workspace, name=f"S{number}", key=f"s{number}", rule=parse_text("everyone")
            )
        with CaptureQueriesContext(
            connection,
        ) as queries:
            editor.get(url("list", workspace))
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_counts_of_the_list_come_as_fragments(editor, workspace, germans):
    make_contact(workspace, "a@example.org", country="DE")
    make_contact(workspace, "b@example.org")
    answer = editor.get(url("list", workspace), {"part": "counts"}, **HTMX).content.decode()
    assert f'hx-target="#count-{germans.public_id}" hx-swap="innerHTML">1<' in answer
    assert "50" in answer


def test_search_finds_by_name(editor, workspace, germans):
    assert "Germans" in editor.get(url("list", workspace), {"q": "germ"}, **HTMX).content.decode()
    assert "No segment is called" in editor.get(url("list", workspace), {"q": "zzz"}, **HTMX).content.decode()


def test_new_segment_is_saved(editor, workspace):
    answer = editor.post(
        url("create", workspace),
        {"op": "save", "name": "Kiwis", "state": state(workspace, 'contact country is "NZ"')},
    )
    segment = Segment.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, url("detail", workspace, segment.public_id))
    assert (segment.name, print_rule(segment.rule)) == ("Kiwis", 'contact country is "NZ"')


def test_tokens_on_the_page_are_part_of_what_is_saved(editor, workspace, germans):
    editor.post(
        url("detail", workspace, germans.public_id),
        {
            "op": "save",
            "name": "Kiwis",
            "version": "1",
            "state": state(workspace, 'contact country is "DE"'),
            "/where/all/0:subject": "contact:country",
            "/where/all/0:op": "eq",
            "/where/all/0:value": "nz",
        },
    )
    germans.refresh_from_db()
    assert (germans.name, print_rule(germans.rule)) == ("Kiwis", 'contact country is "NZ"')


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("", "everyone", "Give the segment a name"),
        ("Broken", "attribute gone is set", "does not exist any more"),
    ],
)
def test_what_cannot_be_saved_is_said_and_kept(editor, workspace, name, text, said):
    answer = editor.post(url("create", workspace), {"op": "save", "name": name, "state": state(workspace, text)})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Segment.objects.exists()


def test_second_tab_is_told_and_keeps_its_version(editor, workspace, germans):
    Segment.objects.update(version=4)
    form = {"op": "save", "name": "Mine", "version": "3", "state": state(workspace, "everyone")}
    answer = editor.post(url("detail", workspace, germans.public_id), form)
    assert answer.status_code == 422
    assert "Version 4 of this segment was saved meanwhile." in answer.content.decode()
    germans.refresh_from_db()
    assert germans.name == "Germans"


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("remove /where/all/0", 'contact country is "NZ"'),
        ("turn /where/all/1", 'contact country is "DE" and not contact country is "NZ"'),
        ("wrap /where/all/0", 'any(contact country is "DE") and contact country is "NZ"'),
        ("", 'contact country is "DE" and contact country is "NZ"'),
        ("move /where/all/1 /where,0", 'contact country is "NZ" and contact country is "DE"'),
        ("add /where", 'contact country is "DE" and contact country is "NZ" and contact first_name is set'),
        ("group /where", 'contact country is "DE" and contact country is "NZ" and any(contact first_name is set)'),
    ],
)
def test_edit_changes_only_the_page(editor, workspace, germans, operation, expected):
    form = {"op": operation, "state": state(workspace, 'contact country is "DE" and contact country is "NZ"')}
    answer = editor.post(url("detail", workspace, germans.public_id), form, **HTMX)
    assert answer.status_code == 200
    assert shown_rule(answer, editor, workspace) == expected
    germans.refresh_from_db()
    assert print_rule(germans.rule) == 'contact country is "DE"'


def test_saving_right_after_a_drag_keeps_the_drag(editor, workspace, germans):
    form = {
        "op": "save",
        "name": "Germans",
        "dragged": "move /where/all/1 /where,0",
        "state": state(workspace, 'contact country is "DE" and contact country is "NZ"'),
    }
    editor.post(url("detail", workspace, germans.public_id), form)
    germans.refresh_from_db()
    assert print_rule(germans.rule) == 'contact country is "NZ" and contact country is "DE"'


def test_edit_without_script_gets_the_whole_page_with_people(editor, workspace):
    make_contact(workspace, "a@example.org", first_name="Zoë")
    page = editor.post(
        url("create", workspace), {"op": "count", "state": state(workspace, "everyone")}
    ).content.decode()
    assert "<html" in page
    assert "Zoë" in page
    assert "100" in page


def test_undo_brings_back_what_was_before(editor, workspace):
    """And redo makes it undone again, several steps either way."""
    answer = editor.post(
        url("create", workspace), {"op": "remove /where/all/0", "state": state(workspace, TWO)}, **HTMX
    )
    for operation in ("remove /where/all/0", "undo", "undo"):
        answer = editor.post(url("create", workspace), {**hidden(answer), "op": operation}, **HTMX)
    assert shown_rule(answer, editor, workspace) == TWO
    rules = []
    for operation in ("redo", "redo", "redo"):
        answer = editor.post(url("create", workspace), {**hidden(answer), "op": operation}, **HTMX)
        rules.append(shown_rule(answer, editor, workspace))
    assert rules == ['contact country is "NZ"', "everyone", "everyone"]
    assert "There is nothing to do again." in answer.content.decode()


def test_typing_is_a_step_that_can_be_taken_back(editor, workspace):
    typed = {"/where/all/0:subject": "contact:country", "/where/all/0:op": "eq", "/where/all/0:value": "FR"}
    form = {"state": state(workspace, 'contact country is "DE"'), **typed}
    answer = editor.post(url("create", workspace), {**form, "op": ""}, **HTMX)
    assert shown_rule(answer, editor, workspace) == 'contact country is "FR"'
    answer = editor.post(url("create", workspace), {**hidden(answer), "op": "undo"}, **HTMX)
    assert shown_rule(answer, editor, workspace) == 'contact country is "DE"'
    # What was typed and never sent before is taken back as well.
    answer = editor.post(url("create", workspace), {**form, "op": "undo"}, **HTMX)
    assert shown_rule(answer, editor, workspace) == 'contact country is "DE"'


def test_text_replaces_the_sentences(editor, workspace):
    form = {"op": "text", "text": 'not contact country is "DE"', "state": state(workspace, "everyone")}
    answer = editor.post(url("create", workspace), form, **HTMX)
    assert shown_rule(answer, editor, workspace) == 'not contact country is "DE"'


def test_text_that_cannot_be_read_is_marked_and_kept(editor, workspace):
    form = {"op": "text", "text": "everyone and or", "state": state(workspace, "everyone")}
    page = editor.post(url("create", workspace), form, **HTMX).content.decode()
    assert "everyone and or" in page
    assert "<mark>or</mark>" in page


def test_text_that_names_something_gone_marks_its_sentence(editor, workspace):
    form = {"op": "text", "text": "everyone and not attribute gone is set", "state": state(workspace, "everyone")}
    page = editor.post(url("create", workspace), form, **HTMX).content.decode()
    assert "<mark>attribute gone is set</mark>" in page


@pytest.mark.parametrize(
    "text", ["(" * 3000, "not " * 200 + "everyone", "attribute x is " + "9" * 9000, "segment x", "\x00"]
)
def test_hostile_text_is_answered(editor, workspace, text):
    form = {"op": "text", "text": text, "state": state(workspace, "everyone")}
    assert editor.post(url("create", workspace), form).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"state": "forged"},
        {"op": "remove /where/all/99"},
        {"op": "move"},
        {"op": "undo", "history": "forged"},
        {"op": "in /where/all/9"},
        {"op": "out /where"},
        {"op": "add /where/all/0"},
        {"op": "group /nowhere"},
        {"op": "join /where/all/0 all"},
        {"op": "detonate"},
        {"/where/all/9:join": "any"},
        {"/where:join": "xor"},
        {"/where/all/0:subject": "attribute:nothing"},
        {"/where/all/0:subject": "lol"},
    ],
)
def test_form_that_makes_no_sense_is_answered(editor, workspace, germans, form):
    base = {} if form in ({}, {"state": "forged"}) else {"state": state(workspace, 'contact country is "DE"')}
    answer = editor.post(url("detail", workspace, germans.public_id), {**base, **form})
    assert answer.status_code == 200
    germans.refresh_from_db()
    assert print_rule(germans.rule) == 'contact country is "DE"'


def test_rule_of_another_workspace_does_not_travel(editor, workspace, other_workspace):
    form = {"op": "save", "name": "Stolen", "state": state(other_workspace, "everyone")}
    assert "out of date" in editor.post(url("create", workspace), form).content.decode()
    assert not Segment.objects.exists()


def test_preview_counts_and_shows_why(editor, workspace, germans):
    make_contact(workspace, "a@example.org", country="DE", first_name="Anna")
    make_contact(workspace, "b@example.org", country="FR", first_name="Beau")
    page = editor.post(
        url("preview", workspace), {"state": state(workspace, 'contact country is "DE"')}
    ).content.decode()
    assert "Anna" in page
    assert "Beau" not in page
    assert "Country is Germany" in page
    assert "50" in page
    assert 'hx-target="#hits-where-all-0" hx-swap="innerHTML">1 person<' in page


def test_preview_of_an_unfinished_rule_says_what_is_missing(editor, workspace):
    form = {
        "state": state(workspace, 'contact country is "DE"'),
        "/where/all/0:subject": "contact:country",
        "/where/all/0:op": "eq",
        "/where/all/0:value": "",
    }
    assert "One sentence is not finished" in editor.post(url("preview", workspace), form).content.decode()


@pytest.mark.parametrize(("segment", "status"), [("nonsense", 404), ("00000000-0000-7000-8000-000000000000", 404)])
def test_preview_of_an_unknown_segment_is_refused(editor, workspace, segment, status):
    form = {"state": state(workspace, "everyone"), "segment": segment}
    assert editor.post(url("preview", workspace), form).status_code in (200, status)


def test_somebody_is_looked_up_with_reasons(editor, workspace):
    from contacts.search_words import search_vector

    anna = make_contact(workspace, "a@example.org", country="DE", first_name="Anna")
    type(anna).objects.filter(pk=anna.pk).set_search(search_vector(["Anna"]))
    form = {"who": "ann", "state": state(workspace, 'contact country is "NZ"')}
    page = editor.post(url("check", workspace), form).content.decode()
    assert "is not in it" in page
    assert "Country is Germany" in page
    assert "Nobody here is called" in editor.post(url("check", workspace), {**form, "who": "zz"}).content.decode()


def test_delete_needs_a_post_and_nobody_using_it(editor, workspace, germans):
    where = url("delete", workspace, germans.public_id)
    assert editor.get(where).status_code == 405
    Campaign.objects.create(workspace=workspace, name="Spring", segment=germans)
    editor.post(where)
    assert Segment.objects.exists()
    Campaign.objects.all().delete()
    assert editor.post(where).status_code == 302
    assert not Segment.objects.exists()


def test_contact_panel_names_segments_and_why(editor, workspace, germans):
    anna = make_contact(workspace, "a@example.org", country="DE")
    page = editor.get(url("contact-panel", workspace, anna.public_id)).content.decode()
    assert "Germans" in page
    assert "Country is Germany" in page


def test_starter_begins_a_segment(editor, workspace):
    Topic.objects.create(workspace=workspace, key="news", name="News")
    page = editor.get(url("create", workspace), {"starter": "agreed"}).content.decode()
    assert "Agreed to hear from us" in page
    assert "consent email/news/marketing is granted" in html.unescape(page)
    assert editor.get(url("create", workspace), {"starter": "nope"}).status_code == 200


def test_viewer_looks_but_does_not_change(viewer, workspace, germans):
    client = client_of(viewer)
    where = url("detail", workspace, germans.public_id)
    page = client.get(where).content.decode()
    assert 'value="save"' not in page
    assert client.post(where, {"op": "save", "name": "x", "state": state(workspace, "everyone")}).status_code == 403
    assert client.post(url("preview", workspace), {"state": state(workspace, "everyone")}).status_code == 200
    assert client.get(url("create", workspace)).status_code == 403
    germans.refresh_from_db()
    assert germans.name == "Germans"


@pytest.mark.parametrize("name", ["list", "create", "detail", "preview", "check", "contact-panel", "delete"])
def test_stranger_finds_nothing(stranger, workspace, germans, name):
    anna = make_contact(workspace, "a@example.org")
    ids = {"detail": [germans.public_id], "delete": [germans.public_id], "contact-panel": [anna.public_id]}
    client = client_of(stranger)
    call = client.post if name in ("preview", "check", "delete") else client.get
    assert call(url(name, workspace, *ids.get(name, []))).status_code == 404


def test_segment_of_another_workspace_is_not_found(editor, workspace, other_workspace):
    theirs = Segment.objects.create(workspace=other_workspace, name="X", key="x", rule=parse_text("everyone"))
    assert editor.get(url("detail", workspace, theirs.public_id)).status_code == 404
    assert editor.post(url("delete", workspace, theirs.public_id)).status_code == 404


def test_names_are_escaped(editor, workspace):
    bad = '<script>alert("x")</script>'
    Segment.objects.create(workspace=workspace, name=bad, key="bad", rule=parse_text("everyone"))
    make_contact(workspace, "a@example.org", first_name=bad)
    for page in (
        editor.get(url("list", workspace)),
        editor.post(url("create", workspace), {"op": "count", "name": bad, "state": state(workspace, "everyone")}),
    ):
        assert "<script>alert" not in page.content.decode()
