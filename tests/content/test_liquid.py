"""The personalisation language: what it can do, and what nobody can make it do."""

import time

import pytest

from content.liquid import field_paths, is_known, parse, render
from content.problems import ContentError, RenderError


def fill(source, html=True, **data):
    return render(parse(source, where="html", html=html), data)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ name }}", "Lina &amp; Sam"),
        ("{{ name | upcase }}", "LINA &amp; SAM"),
        ("{{ nobody | default: 'friend' }}", "friend"),
        ("{{ nobody }}{{ name.nobody }}{{ name.upper }}{{ name.__class__ }}", ""),
        ("{{ tags }}", "guest, vip"),
        ("{% for tag in tags %}{{ forloop.index }}{{ tag }} {% endfor %}", "1guest 2vip "),
        ("{% if tags contains 'vip' %}yes{% else %}no{% endif %}", "yes"),
        ("{% case n %}{% when 3 %}three{% else %}other{% endcase %}", "three"),
        ("{% assign x = n | times: 2 %}{{ x }}", "6"),
        ("{% capture x %}<b>{{ name }}</b>{% endcapture %}{{ x }}", "<b>Lina &amp; Sam</b>"),
        ("{{ n | divided_by: 2 }} {{ n | divided_by: 0 }} {{ 7 | modulo: 4 }}", "1 0 3"),
        ("{{ '2026-11-21' | date: '%-d %B %Y' }}", "21 November 2026"),
        ("{{ 'a b' | url_encode }}", "a%20b"),
        ("{{ name | truncate: 6 }}|{{ name | truncatewords: 1 }}", "Lina …|Lina…"),
        ("{{ '<script>' }}{{ '<b>' | append: name }}", "&lt;script&gt;&lt;b&gt;Lina &amp; Sam"),
        ("{{ true }} {{ 2.50 }} {{ nil }}", "true 2.5 "),
    ],
)
def test_render_writes_expected_text(source, expected):
    assert fill(source, name="Lina & Sam", tags=["guest", "vip"], n=3) == expected


def test_date_is_written_in_the_language_of_the_message():
    template = parse("{{ day | date: '%d %B' }}", where="html", html=True, language="ru")
    assert render(template, {"day": "2026-11-21"}) == "21 ноября"


@pytest.mark.parametrize(
    ("source", "code", "line"),
    [
        ("a\n{{ name", "liquid_unclosed", 2),
        ("{% if x %}", "liquid_syntax", None),
        ("x\n\n{% endif %}", "liquid_tag", 3),
        ("{% include 'secrets' %}", "liquid_tag", 1),
        ("{% render 'secrets' %}", "liquid_tag", 1),
        ("{% raw %}{% endraw %}", "liquid_tag", 1),
        ("\n{{ name | safe }}", "liquid_filter", 2),
        ("{{ name | getenv }}", "liquid_filter", 1),
        ("{{ }}", "liquid_syntax", 1),
        ("{{ a.b | }}", "liquid_syntax", 1),
        ("{% if a %}" * 25 + "{% endif %}" * 25, "liquid_nesting", 1),
        ("{{ a }}" * 2_001, "liquid_too_many", None),
        ("x" * 1_000_000, "too_long", None),
        ("{{ a }}" * 150_000, "too_long", None),
        ("{{ a" + " " * 100_000 + "}}", "liquid_too_long", 1),
        ("{% for i in (1..9) %}" + "{{ i }}" * 300 + "{% endfor %}", "liquid_too_many", 1),
    ],
)
def test_parse_refuses_with_a_friendly_problem(source, code, line):
    with pytest.raises(ContentError) as caught:
        parse(source, where="html", html=True)
    problem = caught.value.problem
    assert (problem.code, problem.where) == (code, "html")
    assert line is None or problem.line == line
    assert problem.message.endswith(".")


BOMBS = [
    "{% for a in (1..100) %}{% for b in (1..100) %}x{% endfor %}{% endfor %}",
    "{% for i in (1..999) %}{% endfor %}" * 90,
    "{% for i in (1..999999999999) %}{{ i }}{% endfor %}",
    "{% assign x = 'aaaaaaaaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 40 + "{{ x }}",
    "{% for i in (1..900) %}" + "{{ long | append: long | replace: 'a', 'bb' | size }}" * 60 + "{% endfor %}",
    "{{ long }}" * 200,
    "{% capture x %}" + "{{ long }}" * 9 + "{% endcapture %}",
]


@pytest.mark.parametrize("source", BOMBS)
def test_bombs_end_at_a_limit_quickly(source):
    template = parse(source, where="html", html=True)
    begun = time.perf_counter()
    with pytest.raises(RenderError) as caught:
        render(template, {"long": "a" * 20_000})
    assert caught.value.code == "limit"
    assert time.perf_counter() - begun < 1.0


@pytest.mark.parametrize(
    "source",
    [
        "{{ long" + " | replace: 'a', long" * 5 + " | size }}",
        "{{ long" + " | append: long" * 8 + " | size }}",
        "{{ 'x'" + " | prepend: long" * 20 + " | size }}",
        "{{ (1..1000000000) | join | size }}",
        "{{ 999999999999999999999 | times: 999999999999 | plus: 1 }}",
        "{{ long | split: '' | join: long | size }}",
    ],
)
def test_filter_results_stay_small(source):
    assert int(fill(source, long="a" * 20_000)) <= 64 * 1024


def test_filter_overflow_is_refused_not_computed():
    with pytest.raises(RenderError) as caught:
        fill("{{ 999999999999999999 | times: 999999999999999999 }}")
    assert caught.value.code == "filter"


def test_unknown_fields_are_found_with_loop_and_local_names_left_alone():
    source = (
        "{{ contact.first_nam }}{% for item in data.items %}{{ item.price }}{{ forloop.index }}{% endfor %}"
        "{% assign x = contact.email %}{{ x }}{{ contact.attributes.city }}{{ cntact.email }}"
    )
    known = {"contact.first_name", "contact.email", "data.*", "contact.attributes.city"}
    unknown = [path for path in field_paths(parse(source, where="", html=False)) if not is_known(path, known)]
    assert unknown == ["contact.first_nam", "cntact.email"]


def test_unknown_field_renders_as_nothing():
    assert fill("Hi {{ contact.frist_name }}, {{ links[7] }}", html=False, contact={}, links=[]) == "Hi , "


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("contact.email", True),
        ("contact", True),
        ("contact.tags.size", True),
        ("data.order.total", True),
        ("data", True),
        ("contact.password", False),
        ("workspace", False),
    ],
)
def test_is_known_covers_parents_and_open_groups(path, expected):
    assert is_known(path, {"contact.email", "contact.tags", "data.*"}) is expected


SSTI = [
    "{{ contact.__class__.__mro__ }}",
    "{{ contact.__init__.__globals__ }}",
    "{{ contact._meta.fields }}",
    "{{ settings.SECRET_KEY }}",
    "{{ request.user }}",
    "{{ self }}{{ this }}{{ globals }}{{ builtins }}",
    "{{ contact['__class__'] }}",
    "{{ contact.keys }}{{ contact.items }}{{ contact.pop }}",
    "{{ now }}{{ today }}{{ partial }}",
]


@pytest.mark.parametrize("source", SSTI)
def test_objects_behind_the_data_are_out_of_reach(source):
    assert fill(source, contact={"email": "a@b.example"}) == ""


def test_every_filter_is_in_the_guide():
    import re
    from pathlib import Path

    from content.liquid_filters import FILTERS

    guide = (Path(__file__).parents[2] / "docs/templates.md").read_text()
    listed = re.search(r"Filters: `(.*?)`", guide, re.DOTALL)[1].split()
    assert listed == sorted([*FILTERS, "date"])
