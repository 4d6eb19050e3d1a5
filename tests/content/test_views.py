"""Pages of templates: list, gallery, editor, preview."""

import pytest
from django.urls import reverse

from content.models import Template
from content.services import create_template
from tests.cast import client_of, make_contact

MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Hi {{ contact.first_name }}"
    '<a href="{{ unsubscribe_url }}">Leave</a></mj-text></mj-column></mj-section></mj-body></mjml>'
)
AUTOSAVE = {"HTTP_X_AUTOSAVE": "1"}


@pytest.fixture
def template(workspace, owner):
    values = {"name": "Summer", "subject": "Hello {{ contact.first_name }}", "mjml": MJML, "language": "en"}
    return create_template(workspace=workspace, actor=owner, values=values)


def page(name, workspace, *args):
    return reverse(f"content:{name}", args=[workspace.slug, *args])


def typed(template, **changes):
    values = {"name": "Summer", "subject": "Hello", "preheader": "", "mjml": MJML, "text": "", "language": "en"}
    return {**values, "lock_version": template.lock_version, **changes}


def test_empty_list_offers_the_first_step(workspace, owner):
    body = client_of(owner).get(page("list", workspace)).content.decode()
    assert "No templates yet" in body
    assert page("create", workspace) in body


def test_list_finds_by_name_and_subject(workspace, owner, template):
    client = client_of(owner)
    assert "Summer" in client.get(page("list", workspace), {"search": "hell"}).content.decode()
    assert "Nothing found" in client.get(page("list", workspace), {"search": "winter"}).content.decode()


def test_list_asks_the_same_for_one_and_for_many(workspace, owner, template, django_assert_num_queries):
    client = client_of(owner)

    def count():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(page("list", workspace))
        return len(queries)

    count()
    one = count()
    for number in range(20):
        create_template(workspace=workspace, actor=owner, values={"name": f"T{number}", "mjml": MJML})
    assert count() == one


@pytest.mark.parametrize("starter", ["", "welcome", "newsletter", "offer", "letter"])
def test_create_opens_the_editor(workspace, teammate, starter):
    answer = client_of(teammate).post(page("create", workspace), {"starter": starter})
    template = Template.objects.get()
    assert answer.headers["Location"] == page("edit", workspace, template.public_id)
    assert template.created_by == teammate
    assert "<mjml>" in template.mjml


def test_create_refuses_an_unknown_starter(workspace, owner):
    assert client_of(owner).post(page("create", workspace), {"starter": "../etc"}).status_code == 422
    assert not Template.objects.exists()


def test_gallery_shows_every_starter(workspace, owner):
    client = client_of(owner)
    body = client.get(page("create", workspace)).content.decode()
    for key in ("welcome", "newsletter", "offer", "letter"):
        assert page("starter", workspace, key) in body
        frame = client.get(page("starter", workspace, key))
        assert frame.status_code == 200
        assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert client.get(page("starter", workspace, "nothing")).status_code == 404


def test_autosave_stores_and_answers_with_the_parts(workspace, owner, template):
    url = page("edit", workspace, template.public_id)
    answer = client_of(owner).post(url, typed(template, subject="Kia ora {{ contact.nme }}"), **AUTOSAVE)
    body = answer.content.decode()
    assert answer.status_code == 200
    assert 'data-version="2"' in body
    assert "contact.nme" in body
    assert "<html" not in body
    template.refresh_from_db()
    assert template.subject == "Kia ora {{ contact.nme }}"


def test_second_window_gets_409_and_nothing_is_lost(workspace, owner, teammate, template):
    url = page("edit", workspace, template.public_id)
    client_of(owner).post(url, typed(template, subject="First"), **AUTOSAVE)
    answer = client_of(teammate).post(url, typed(template, subject="Second"), **AUTOSAVE)
    assert answer.status_code == 409
    assert "another window" in answer.content.decode()
    template.refresh_from_db()
    assert template.subject == "First"
    page_answer = client_of(teammate).post(url, {**typed(template, subject="Second"), "lock_version": 1})
    assert page_answer.status_code == 409
    assert 'value="Second"' in page_answer.content.decode()


def test_keeping_mine_writes_over_the_version_that_was_seen(workspace, owner, template):
    url = page("edit", workspace, template.public_id)
    client = client_of(owner)
    client.post(url, typed(template, subject="First"), **AUTOSAVE)
    answer = client.post(url, typed(template, subject="Second", keep="2"), **AUTOSAVE)
    assert answer.status_code == 200
    template.refresh_from_db()
    assert template.subject == "Second"


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"subject": "x" * 301}, {"language": "xx"}, {"mjml": "x" * 400_001}, {"lock_version": "many"}],
)
def test_refused_field_says_so_and_changes_nothing(workspace, owner, template, changes):
    url = page("edit", workspace, template.public_id)
    assert client_of(owner).post(url, typed(template, **changes), **AUTOSAVE).status_code == 422
    assert client_of(owner).post(url, typed(template, **changes)).status_code == 422
    template.refresh_from_db()
    assert template.lock_version == 1


@pytest.mark.parametrize("mjml", ["<mjml>", "{% if", "<mj-text " * 3_000, "\x00", "{{ x | nope }}"])
def test_broken_source_is_kept_and_explained(workspace, owner, template, mjml):
    url = page("edit", workspace, template.public_id)
    answer = client_of(owner).post(url, typed(template, mjml=mjml), **AUTOSAVE)
    assert answer.status_code in (200, 422)
    assert client_of(owner).get(url).status_code == 200


def test_line_ends_of_a_browser_do_not_count_as_a_change(workspace, owner, template):
    template.mjml = MJML.replace("<mj-body>", "<mj-body>\n")
    template.subject = "Hello"
    template.save()
    data = typed(template, mjml=template.mjml.replace("\n", "\r\n"))
    client_of(owner).post(page("edit", workspace, template.public_id), data, **AUTOSAVE)
    template.refresh_from_db()
    assert template.lock_version == 1


def test_without_script_the_form_saves_and_returns(workspace, owner, template):
    url = page("edit", workspace, template.public_id)
    answer = client_of(owner).post(url, typed(template, subject="Plain"))
    assert answer.headers["Location"] == url
    template.refresh_from_db()
    assert template.subject == "Plain"


def test_preview_is_a_real_person_in_a_sandbox(workspace, owner, template):
    lina = make_contact(workspace, "lina@kea.example", first_name="Lina <b>")
    answer = client_of(owner).get(page("preview", workspace, template.public_id), {"as": lina.public_id})
    assert "Hi Lina &lt;b&gt;" in answer.content.decode()
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("chosen", ["", "nonsense", "019aaaaa-0000-7000-8000-000000000000"])
def test_preview_without_that_person_still_shows(workspace, owner, template, chosen):
    answer = client_of(owner).get(page("preview", workspace, template.public_id), {"as": chosen, "dark": ""})
    assert answer.status_code == 200
    assert "Hi Lina" in answer.content.decode()


def test_people_of_another_workspace_are_not_found(workspace, owner, template, other_workspace):
    hidden = make_contact(other_workspace, "secret@else.example", first_name="Secret")
    client = client_of(owner)
    people = client.get(page("people", workspace, template.public_id))
    assert "Secret" not in people.content.decode()
    shown = client.get(page("preview", workspace, template.public_id), {"as": hidden.public_id})
    assert "Secret" not in shown.content.decode()


@pytest.mark.parametrize("words", ["", "lin", "'", "\\", "a & ! |", "\x00", "é" * 90])
def test_people_search_takes_any_words(workspace, owner, template, words):
    assert client_of(owner).get(page("people", workspace, template.public_id), {"q": words}).status_code == 200


def test_duplicate_and_delete_by_pages(workspace, owner, template):
    client = client_of(owner)
    client.post(page("duplicate", workspace, template.public_id))
    assert Template.objects.count() == 2
    client.post(page("delete", workspace, template.public_id))
    assert [row.name for row in Template.objects.all()] == ["Copy of Summer"]


def test_viewer_reads_and_cannot_write(workspace, viewer, template):
    client = client_of(viewer)
    url = page("edit", workspace, template.public_id)
    assert "You may look, not change" in client.get(url).content.decode()
    assert client.post(url, typed(template), **AUTOSAVE).status_code == 403
    assert client.get(page("create", workspace)).status_code == 403
    for name in ("duplicate", "delete"):
        assert client.post(page(name, workspace, template.public_id)).status_code == 403
    assert Template.objects.count() == 1


def test_stranger_finds_nothing(workspace, stranger, template, other_workspace):
    client = client_of(stranger)
    for slug_of in (workspace, other_workspace):
        for name in ("edit", "preview", "people"):
            assert client.get(page(name, slug_of, template.public_id)).status_code == 404
        for name in ("edit", "duplicate", "delete"):
            assert client.post(page(name, slug_of, template.public_id), typed(template)).status_code == 404
    template.refresh_from_db()
    assert template.lock_version == 1
