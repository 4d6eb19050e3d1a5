"""Filling a compiled message for one person."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.compiler import compile_content
from content.filling import Part
from content.liquid import parse, render
from content.problems import RenderError
from content.renderer import Renderer, contact_context, render_link, sample_context

WORKSPACE = {"name": "Kea Cabins", "address": "14 Ardmore Street, Wānaka"}
ADDRESSES = {
    "links": ["https://r.example/c/1"],
    "unsubscribe_url": "https://r.example/u/1?a=1&b=2",
    "preferences_url": "https://r.example/p/1",
    "view_url": "https://r.example/v/1",
}


def person(**fields):
    return contact_context(fields, fields.pop("attributes", {}), workspace=WORKSPACE)


def rendered(data, *, subject="Hi {{ contact.first_name }}", html="<p>{{ contact.first_name }}</p>", **extra):
    compiled = compile_content(subject=subject, html=html)
    return Renderer(compiled).render(data, **ADDRESSES, **extra)


@pytest.mark.parametrize(
    "name", ["Lina\r\nBcc: all@evil.example", "Lina\nBcc: x", "Lina\x00\x0b\u2028Bcc: x", "\r\n\r\n<b>body"]
)
def test_names_cannot_add_headers(name):
    subject = rendered(person(first_name=name)).subject
    assert subject.isprintable()
    assert "\n" not in subject


def test_names_cannot_add_markup():
    message = rendered(person(first_name='<img src=x onerror="alert(1)">'))
    assert "<img" not in message.html
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;" in message.html
    assert message.text == '<img src=x onerror="alert(1)">'
    assert message.subject == 'Hi <img src=x onerror="alert(1)">'


def test_liquid_in_data_is_not_run():
    message = rendered(person(first_name="{{ contact.email }}{% if x %}", email="a@b.example"))
    assert "{{ contact.email }}" in message.html
    assert "a@b.example" not in message.html


def test_links_special_addresses_and_pixel_are_filled_in():
    html = '<a href="https://kea.example/">Go</a><a href="{{ unsubscribe_url }}">Leave</a>'
    message = rendered(person(), html=html, pixel="https://r.example/o/1.gif")
    assert '<a href="https://r.example/c/1">' in message.html
    assert '<a href="https://r.example/u/1?a=1&amp;b=2">' in message.html
    assert '<img src="https://r.example/o/1.gif" width="1" height="1"' in message.html
    assert message.text == "Go: https://r.example/c/1 Leave: https://r.example/u/1?a=1&b=2"
    assert "<img" not in rendered(person(), html=html).html


def test_more_links_than_addresses_leave_the_rest_empty():
    message = rendered(person(), html='<a href="https://a.example/">1</a><a href="https://b.example/">2</a>')
    assert '<a href="">2</a>' in message.html


def test_conditions_and_loops_are_filled_in():
    html = (
        "{% if contact.country == 'NZ' %}<p>Kia ora</p>{% endif %}{% for t in contact.tags %}<i>{{ t }}</i>{% endfor %}"
    )
    message = rendered(person(country="NZ", tags=["a", "b"]), html=html)
    assert "<p>Kia ora</p><i>a</i><i>b</i>" in message.html
    assert "\n\n\n" not in message.text


def test_a_name_nobody_told_is_no_name_in_a_condition():
    html = "{% if contact.first_name %}Hello {{ contact.first_name }},{% else %}Hello,{% endif %}"
    person_without = contact_context({"first_name": ""}, {}, workspace=WORKSPACE)
    assert "Hello,</p>" in rendered(person_without, html=f"<p>{html}</p>").html
    assert rendered(person_without, subject=html).subject == "Hello,"


def test_too_large_a_message_is_refused():
    with pytest.raises(RenderError) as caught:
        rendered(person(first_name="x" * 60_000), html="<p>" + "{{ contact.first_name }}" * 10 + "</p>")
    assert caught.value.code == "limit"


def test_contact_context_lets_nothing_else_through():
    data = contact_context(
        {"first_name": None, "email": "a@b.example", "password": "secret", "workspace_id": 7},
        {"city": "Wānaka"},
        workspace={**WORKSPACE, "api_key": "secret"},
    )
    assert "secret" not in repr(data)
    assert data["contact"]["first_name"] is None
    assert data["contact"]["attributes"] == {"city": "Wānaka"}
    assert set(data) == {"contact", "workspace", "campaign", "data"}


def test_sample_context_fills_every_field():
    data = sample_context(workspace=WORKSPACE)
    assert all(data["contact"].values()) is False  # attributes are empty without a workspace that has some
    assert data["contact"]["first_name"] == "Lina"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("https://kea.example/?q={{ contact.first_name | url_encode }}", "https://kea.example/?q=Li%26na"),
        ("https://kea.example/{{ contact.first_name }}", "https://kea.example/Li&na"),
        ("https://kea.example/a b", "https://kea.example/a%20b"),
        ("HTTPS://Kea.Example/X", "HTTPS://kea.example/X"),
        ("https://пример.рф/путь", "https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C"),
        ("{{ data.url }}", None),
        ("javascript:alert(1)", None),
        ("{{ contact.first_name }}:alert(1)", None),
        ("//evil.example", None),
        ("/relative", None),
        ("https://", None),
        ("https://[::1", None),
        ("https://kea.example\\@evil.example", None),
        ("https://kea.example@evil.example/", None),
        ("https://a b/", None),
        ("ftp://kea.example/", None),
        ("data:text/html,x", None),
        ("https://kea.example/" + "x" * 2_000, None),
        ("https://kea.example/{{ broken", None),
    ],
)
def test_render_link_gives_web_addresses_only(target, expected):
    data = {**person(first_name="Li&na"), "data": {"url": "javascript:alert(1)"}}
    assert render_link(target, data) == expected


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcde"), inner, max_size=3),
    max_leaves=8,
)
PATHS = st.lists(
    st.sampled_from([".a", ".b", "[0]", "[1]", "[-1]", ".size", ".first", ".last", "['a']"]), max_size=3
).map("".join)
STEPS = st.lists(
    st.sampled_from(
        ["upcase", "default: 'x'", "append: '<y>'", "plus: 2", "truncate: 3", "size", "first", "join: '-'",
         "replace: 'a', 'b'", "split: ','", "round: 1", "slice: 1, 2", "sort", "strip_html", "date: '%Y'"]
    ),
    max_size=3,
).map(lambda steps: "".join(f" | {step}" for step in steps))  # fmt: skip
OUTPUTS = st.builds("{{{{ {}{}{} }}}}".format, st.sampled_from("ab"), PATHS, STEPS)
CONDITIONS = st.builds(
    "{{% if a{}{} {} {} %}}yes{{{{ b }}}}{{% elsif b{} %}}  {{% else %}}{{% if b or a %}}x{{% endif %}}"
    "{{% endif %}}".format,
    PATHS, PATHS, st.sampled_from(["==", "!=", "<", ">=", "and", "or"]),
    st.sampled_from(["b", "'x'", "2", "nil", "blank", "true", "b.size"]), PATHS,
)  # fmt: skip
BLOCKS = CONDITIONS | st.sampled_from(
    ["{% if a %}yes{{ b }}{% endif %}", "{% for x in b %}{{ x }}{% endfor %}", "{%- comment -%}z{%- endcomment -%}"]
)
PIECES = st.lists(OUTPUTS | BLOCKS | st.sampled_from(["<p>", " text\n", "& "]), max_size=8).map("".join)


def outcome(action):
    try:
        return action()
    except RenderError as error:
        return error.code


@given(source=PIECES, a=VALUES, b=VALUES, html=st.booleans())
def test_fast_path_equals_liquid(source, a, b, html):
    data = {"a": a, "b": b}
    fast = outcome(lambda: Part(source, html=html, language="en").render(data))
    slow = outcome(lambda: render(parse(source, where="html", html=html), data))
    assert fast == slow


def test_assignments_reach_later_fields():
    part = Part("{% assign a = 'local' %}{{ a }}", html=True, language="en")
    assert part.render({"a": "outer"}) == "local"


def test_renderer_takes_a_stored_version():
    version = SimpleNamespace(subject="S", html="<p>{{ contact.email }}</p>", text="T", language="")
    message = Renderer(version).render(person(email="a@b.example"), **ADDRESSES)
    assert (message.subject, message.html, message.text) == ("S", "<p>a@b.example</p>", "T")
