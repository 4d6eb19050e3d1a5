"""From MJML or HTML to what is sent."""

import pytest

from content.compiler import compile_content

FOOT = '<mj-section><mj-column><mj-text><a href="{{ unsubscribe_url }}">Leave</a></mj-text></mj-column></mj-section>'


def mjml(inside="", head=""):
    return f"<mjml>{head}<mj-body>{inside}{FOOT}</mj-body></mjml>"


def column(inside):
    return mjml(f"<mj-section><mj-column>{inside}</mj-column></mj-section>")


def compiled(source="", **parts):
    parts.setdefault("subject", "Summer")
    return compile_content(**({"mjml": source} if source else {}), **parts)


def codes(content):
    return [problem.code for problem in content.problems]


def test_clean_message_has_no_problems():
    content = compiled(column("<mj-text>Hi {{ contact.first_name }}</mj-text>"))
    assert content.problems == []
    assert content.is_sendable
    assert "Hi {{ contact.first_name }}" in content.html
    assert content.html.endswith("{{ pixel }}</body></html>")
    assert content.text == "Hi {{ contact.first_name }}\n\nLeave: {{ unsubscribe_url }}"


def test_compiling_twice_gives_the_same_bytes():
    source = column("<mj-text>{% if contact.email %}{{ contact.email }}{% endif %}</mj-text>")
    assert compiled(source) == compiled(source)


def test_web_links_are_numbered_and_others_kept():
    content = compiled(
        column(
            '<mj-button href="https://kea.example/?a=1&amp;b={{ contact.external_id | url_encode }}">Go</mj-button>'
            '<mj-text><a href="{{ data.url }}">x</a> <a href="mailto:a@kea.example">mail</a>'
            ' <a href="tel:+6421">call</a> <a href="{{ view_url }}">view</a></mj-text>'
        )
    )
    assert content.links == [
        "https://kea.example/?a=1&b={{ contact.external_id | url_encode }}",
        "{{ data.url }}",
    ]
    assert 'href="{{ links[0] }}"' in content.html
    assert 'href="{{ links[1] }}"' in content.html
    assert 'href="mailto:a@kea.example"' in content.html
    assert 'href="{{ view_url }}"' in content.html
    assert "Go: {{ links[0] }}" in content.text
    assert content.problems == []


def test_conditions_between_columns_rows_and_inside_settings_survive():
    content = compiled(
        mjml(
            "{% if contact.country == 'NZ' %}<mj-section><mj-column>"
            '<mj-image src="https://kea.example/{{ contact.language }}.png" alt="Lake" />'
            "<mj-table>{% for item in data.items %}<tr><td>{{ item.name }}</td></tr>{% endfor %}</mj-table>"
            "</mj-column></mj-section>{% endif %}"
        )
    )
    assert content.problems == []
    assert content.html.index("{% if contact.country") < content.html.index("<img") < content.html.index("{% endif %}")
    assert 'src="https://kea.example/{{ contact.language }}.png"' in content.html
    assert "<tbody>{% for item in data.items %}<tr><td>{{ item.name }}</td></tr>{% endfor %}</tbody>" in content.html


def test_sloppy_html_inside_text_does_not_break_the_message():
    content = compiled(column("<mj-text>a < b & c<br>d &nbsp; <p>open</mj-text>"))
    assert "a &lt; b &amp; c<br>d" in content.html
    assert content.problems == []


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" &#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<svg/onload=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "<object data=x></object><embed src=x>",
    "<form action=https://evil.example><input name=password></form>",
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<p style="width:expression(alert(1))">x</p>',
    '<p style="behav\\69 or:url(x.htc)">x</p>',
    "<style>p{background:url(javascript:alert(1))}</style>",
    "<style></style><script>alert(1)</script>",
    "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "<![if mso]><script>alert(1)</script>",
    "<?php <script>alert(1)</script> ?>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    '<div title="--><script>alert(1)</script>">x</div>',
    "<base href=https://evil.example/><link rel=stylesheet href=https://evil.example/x.css>",
    '<meta http-equiv=refresh content="0;url=https://evil.example">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<template><script>alert(1)</script></template>",
    "{{ '<script>alert(1)</script>' }}",
]
DANGEROUS = ("<script", "onerror", "onload=", "javascript:", "<iframe", "<object", "<embed", "<form", "<input",
             "expression(", "behavior", "<svg", "<base", "<link", "http-equiv", "evil.example")  # fmt: skip


def assert_harmless(html):
    from content.renderer import Renderer

    class Source:
        subject, text, language = "x", "", ""

    Source.html = html
    shown = Renderer(Source()).render(
        {}, links=["https://r.example/1"] * 9, unsubscribe_url="u", preferences_url="p", view_url="v"
    )
    lowered = shown.html.lower()
    # Text that only looks like a tag is harmless: its angle bracket is escaped.
    for word in DANGEROUS:
        place = lowered.find(word)
        assert place < 0 or _is_text(lowered, place), (word, lowered[place - 60 : place + 60])


def _is_text(html, place):
    from html.parser import HTMLParser

    found = []

    class Looker(HTMLParser):
        def handle_starttag(self, tag, attrs):
            names = [name for name, _ in attrs]
            values = [value or "" for name, value in attrs if name in ("href", "src", "style", "action")]
            if tag in ("script", "iframe", "object", "embed", "form", "input", "svg", "base", "link"):
                found.append(tag)
            found.extend(name for name in names if name.startswith("on"))
            found.extend(value for value in values if any(word in value for word in DANGEROUS))

        def handle_comment(self, data):
            found.extend(word for word in ("<script", "evil") if word in data)

    Looker().feed(html)
    return not found


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_in_html_are_removed(attack):
    content = compiled(html=f"<html><head></head><body><p>Hi</p>{attack}<p>End</p></body></html>")
    assert_harmless(content.html)
    assert "Hi" in content.text


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_in_mjml_are_removed(attack):
    content = compiled(column(f"<mj-text><p>Hi</p>{attack}</mj-text><mj-raw>{attack}</mj-raw>"))
    assert_harmless(content.html)


@pytest.mark.parametrize(
    "attributes",
    [
        "color='red\" onclick=\"alert(1)'",
        "css-class='x--><script>alert(1)</script>'",
        'background-url="javascript:alert(1)"',
        'background-url="https://x/--><script>alert(1)</script>"',
    ],
)
def test_settings_of_mjml_cannot_break_out(attributes):
    content = compiled(mjml(f"<mj-section {attributes}><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>"))
    assert_harmless(content.html)


def test_deeply_nested_html_is_refused_before_native_code_sees_it():
    assert "html_nesting" in codes(compiled(html="<div>" * 20_000))
    nested = "<mjml><mj-body>" + "<mj-wrapper>" * 5_000 + "</mj-wrapper>" * 5_000 + "</mj-body></mjml>"
    assert codes(compiled(nested)) == ["html_nesting"]


@pytest.mark.parametrize(
    ("source", "code", "line"),
    [
        ("hello", "mjml_root", 1),
        ("<mjml>\n<mj-body>\n<mj-include path='/etc/passwd' />\n</mj-body></mjml>", "mjml_element", 3),
        ("<mjml>\n<mj-body><mj-section></mj-body></mjml>", "mjml_unclosed", 2),
        ("<mjml>\n<mj-body>\n<mj-text>x</mj-body></mjml>", "mjml_unclosed", 3),
        ("<mjml><mj-body>\n<mj-section {{ x }}='1'></mj-section></mj-body></mjml>", "liquid_misplaced", 2),
        (
            "<mjml>\n<mj-head>\n<mj-style>p{color:{{ contact.email }}}</mj-style></mj-head></mjml>",
            "liquid_misplaced",
            3,
        ),
        ("<mjml><mj-body>\n{% if x %}\n</mj-body></mjml>", "liquid_syntax", None),
    ],
)
def test_broken_mjml_names_the_line(source, code, line):
    content = compiled(source)
    problem = next(problem for problem in content.problems if problem.code == code)
    assert problem.where == "mjml"
    assert line is None or problem.line == line
    assert content.html == ""
    assert not content.is_sendable


def test_field_where_html_has_no_place_for_it_is_reported():
    content = compiled(html="<p {% if contact.email %}class=a{% endif %}>Hi</p>")
    assert "liquid_misplaced" in codes(content)


@pytest.mark.parametrize(
    ("css", "scheme"),
    [("", "light"), ("@media (prefers-color-scheme: dark){p{color:#fff}}", "light dark")],
)
def test_dark_colours_are_promised_only_where_somebody_wrote_them(css, scheme):
    style = f"<mj-head><mj-style>{css}</mj-style></mj-head>" if css else ""
    content = compiled(mjml("<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>", style))
    assert f'<meta name="color-scheme" content="{scheme}">' in content.html


def test_style_rules_are_inlined_and_media_rules_kept():
    content = compiled(
        html="<html><head><style>p{color:red} @media (max-width:400px){p{color:blue}}</style></head>"
        '<body bgcolor="#eeeeee"><p>Hi</p></body></html>'
    )
    assert '<p style="color: red;">Hi</p>' in content.html
    assert "@media (max-width:400px){p{color:blue}}" in content.html
    assert '<body bgcolor="#eeeeee">' in content.html


def test_right_to_left_language_turns_the_document():
    content = compiled(column("<mj-text>مرحبا</mj-text>"), language="ar")
    assert '<html lang="ar" dir="rtl"' in content.html
    assert "text-align:right" in content.html
    assert "direction:rtl" in content.html


def test_preheader_is_inserted_escaped_and_hidden():
    content = compiled(column("<mj-text>Hi</mj-text>"), preheader="Warm <b> {{ contact.first_name }}")
    assert "Warm &lt;b&gt; {{ contact.first_name }}" in content.html
    assert "Warm" not in content.text


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"subject": "  "}, "empty_subject"),
        ({"subject": "Re: our talk"}, "fake_reply"),
        ({"subject": "FWD: look"}, "fake_reply"),
        ({"subject": "Hi {{ contact.nme }}"}, "unknown_field"),
        ({"subject": "Hi {{ contact.first_name"}, "liquid_unclosed"),
        ({"html": "<p>Hi</p>"}, "no_unsubscribe"),
        ({"html": "<a href='www.kea.example'>x</a>"}, "link_scheme"),
        ({"html": "<a href=''>x</a>"}, "link_empty"),
        ({"html": "<img src='https://kea.example/a.png'>"}, "image_alt"),
        ({"html": "<img src='/a.png' alt='x'>"}, "image_address"),
        ({"html": "<p>" + "long " * 22_000}, "too_large"),
        ({"html": "<p>" + "long " * 17_000}, "large"),
        ({"html": "   "}, "empty_message"),
        ({"html": "<script>x</script>"}, "empty_message"),
        ({"html": "x" * 140_000}, "too_long"),
    ],
)
def test_problems_are_found(parts, code):
    assert code in codes(compiled(**parts))


def test_own_text_part_is_kept_and_shares_link_numbers():
    content = compiled(
        column('<mj-button href="https://kea.example/">Go</mj-button>'),
        text="Go: https://kea.example/ or https://kea.example/map.\nLeave: {{ unsubscribe_url }}",
    )
    assert content.links == ["https://kea.example/", "https://kea.example/map"]
    assert content.text == "Go: {{ links[0] }} or {{ links[1] }}.\nLeave: {{ unsubscribe_url }}"


def test_braces_written_as_entities_stay_text():
    content = compiled(html="<p>&#123;&#123; contact.email }}</p>")
    assert "{{ contact.email }}" not in content.html
    assert "{{" not in content.text
