"""Saving templates without losing anybody's words, and pinning what is sent."""

import pytest

from content.models import ContentVersion, Template
from content.problems import ContentError
from content.services import (
    EditConflict,
    create_template,
    delete_template,
    duplicate_template,
    pin_inline,
    pin_version,
    save_template,
)
from content.starters import STARTERS, starter_values

MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Hi {{ contact.first_name }}"
    '<a href="{{ unsubscribe_url }}">Leave</a></mj-text></mj-column></mj-section></mj-body></mjml>'
)


@pytest.fixture
def template(workspace, owner):
    values = {"name": "Summer", "subject": "Hello", "mjml": MJML, "language": "en"}
    return create_template(workspace=workspace, actor=owner, values=values)


def test_save_stores_and_counts_up(template):
    saved = save_template(template=template, lock_version=1, values={"subject": "Kia ora"})
    assert (saved.subject, saved.mjml, saved.lock_version) == ("Kia ora", MJML, 2)


def test_saving_the_same_again_changes_nothing(template):
    saved = save_template(template=template, lock_version=99, values={"subject": "Hello", "mjml": MJML})
    assert saved.lock_version == 1
    assert saved.updated_at == template.updated_at


def test_second_window_is_told_and_nothing_is_overwritten(template):
    save_template(template=template, lock_version=1, values={"subject": "First"})
    with pytest.raises(EditConflict) as caught:
        save_template(template=template, lock_version=1, values={"subject": "Second"})
    assert caught.value.current.subject == "First"
    assert Template.objects.get().subject == "First"


def test_second_window_may_keep_its_own(template):
    current = save_template(template=template, lock_version=1, values={"subject": "First"})
    save_template(template=template, lock_version=current.lock_version, values={"subject": "Second"})
    assert Template.objects.get().subject == "Second"


def test_duplicate_copies_everything_but_the_name(template, teammate):
    copy = duplicate_template(template=template, actor=teammate)
    assert (copy.name, copy.mjml, copy.created_by) == ("Copy of Summer", MJML, teammate)
    assert copy.pk != template.pk


def test_duplicate_of_a_long_name_fits(template, owner):
    template.name = "x" * 80
    assert len(duplicate_template(template=template, actor=owner).name) == 80


def test_delete_keeps_what_was_pinned(template, owner):
    version = pin_version(template)
    delete_template(template=template, actor=owner)
    version.refresh_from_db()
    assert version.template_id is None
    assert "Hi {{ contact.first_name }}" in version.html


def test_pin_keeps_the_same_content_once(template):
    first, second = pin_version(template), pin_version(template)
    assert first.pk == second.pk
    save_template(template=template, lock_version=1, values={"subject": "Other"})
    template.refresh_from_db()
    assert pin_version(template).pk != first.pk
    assert ContentVersion.objects.count() == 2


def test_pin_of_another_workspace_is_its_own(template, other_workspace, stranger):
    values = {"name": "Summer", "subject": "Hello", "mjml": MJML, "language": "en"}
    other = create_template(workspace=other_workspace, actor=stranger, values=values)
    assert pin_version(other).pk != pin_version(template).pk


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"mjml": "<mjml>"}, "mjml_unclosed"),
        ({"mjml": ""}, "empty_message"),
        ({"subject": " "}, "empty_subject"),
        ({"subject": "{{ contact.first_name"}, "liquid_unclosed"),
    ],
)
def test_pin_refuses_what_cannot_be_sent(template, values, code):
    saved = save_template(template=template, lock_version=1, values=values)
    with pytest.raises(ContentError) as caught:
        pin_version(saved)
    assert caught.value.problem.code == code
    assert not ContentVersion.objects.exists()


def test_pin_inline_makes_html_of_text(workspace):
    version = pin_inline(workspace=workspace, subject="Your order", text="Order <7>\n\nSee https://kea.example/7")
    assert "<p" in version.html
    assert "Order &lt;7&gt;" in version.html
    assert version.text == "Order <7>\n\nSee {{ links[0] }}"
    assert version.links == ["https://kea.example/7"]


@pytest.mark.parametrize("language", ["en", "ru", "ar"])
@pytest.mark.parametrize("key", STARTERS)
def test_starters_have_nothing_to_mend(workspace, owner, key, language):
    from content.preview import compile_template

    workspace.language = language
    workspace.save()
    values = starter_values(STARTERS[key], workspace)
    template = create_template(workspace=workspace, actor=owner, values=values)
    assert [problem.message for problem in compile_template(template).problems] == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hello {{ contact.first_name | default: 'friend' }}", "Hello [first name]"),
        (
            "{% if contact.first_name %}{{ contact.first_name }}, an{% else %}An{% endif %} offer",
            "[first name], an offer",
        ),
        ("News of {{ workspace.name }}", "News of Kea Cabins"),
        ('{{contact.attributes.cabin | default: "it"}} is free', "[cabin] is free"),
        ("{{ broken", "{{ broken"),
        ("", ""),
    ],
)
def test_subjects_are_readable_in_lists(workspace, source, expected):
    from content.preview import readable

    assert readable(source, workspace) == expected
