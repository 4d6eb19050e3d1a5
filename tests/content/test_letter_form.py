"""HTML and text filled together are what each of them is alone, whatever the values hold."""

import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.problems import RenderError
from content.renderer import Renderer

ADDRESSES = {
    "links": ["https://lake.example/c/one.0", "https://lake.example/?a=1&b=<2>"],
    "unsubscribe_url": "https://lake.example/u/x/",
    "preferences_url": "https://lake.example/p/x/",
    "view_url": "https://lake.example/v/x/",
    "pixel": "https://lake.example/o/x.gif",
}
PIECES = st.sampled_from(
    [
        "Kia ora", " ", "\n", "é", "&amp;", "{{ n }}", "{{ d.n }}", "{{ d.deep.n }}", "{{ d.deep.none }}",
        "{{ n | default: 'friend' }}", "{{ n | default: 1 }}", "{{ n | default: 1.0 }}", "{{ n | upcase }}",
        "{{ links[0] }}", "{{ links[1] }}", "{{ links[7] }}", "{{ links | size }}", "{{ view_url }}",
        "{{ view_url | upcase }}", "{{ pixel }}", "{{ d.size }}",
        "{% if n == 'Kea' %}Hello {{ n }}{% else %}Hello{% endif %}",
        "{% if n == 'Kea' %}Hello <b>{{ n }}</b>{% endif %}", "{% if n != 'Kea' %}Hello {{ n }}{% endif %}",
        "{% if d.deep.n > 1 %}many{% elsif d.deep.n %}some{% endif %}",
        "{% if d.deep.n > 1.0 and n %}many{% endif %}",
    ]
)  # fmt: skip
SOURCE = st.lists(PIECES, max_size=8).map("".join)
VALUE = st.sampled_from(
    [
        "Kea",
        "",
        "<Kea & 'Tui'>",
        "é\u00a0ü",
        "a\x07b",
        "a\nb",
        "a\0b",
        ".",
        " ",
        "x" * 600,
        None,
        7,
        2.0,
        True,
        [1, "<"],
    ]
)


def rendered(html, text, data):
    """What sending makes of two sources, and what the plain way makes of them, with the same line ends."""
    renderer = Renderer(SimpleNamespace(subject="", html=html, text=text, language="en"))
    try:
        wire = renderer.render_wire(data, **ADDRESSES)
    except RenderError as error:
        with pytest.raises(RenderError, match=re.escape(str(error))):
            renderer.render(data, **ADDRESSES)
        return []
    plain = renderer.render(data, **ADDRESSES)
    return [
        (ready.decode().replace("\r\n", "\n") if isinstance(ready, bytes) else ready, words)
        for ready, words in ((wire.html, plain.html), (wire.text, plain.text))
    ]


@given(html=SOURCE, text=SOURCE, same=SOURCE, n=VALUE, deep=VALUE)
def test_shared_values_give_the_same_words_as_each_part_alone(html, text, same, n, deep):
    data = {"n": n, "d": {"n": n, "deep": {"n": deep}}}
    for words, expected in rendered(html + same, same + text, data):
        assert words == expected


@pytest.mark.parametrize(
    ("name", "html", "text"),
    [
        ("Kea", "Hello Kea, Kea", "Kea: Hello Kea,"),
        ("<Kea>", "Hello &lt;Kea&gt;, &lt;Kea&gt;", "<Kea>: Hello <Kea>,"),
        (None, "Hello, ", ": Hello,"),
    ],
)
def test_a_shared_condition_is_escaped_in_html_only(name, html, text):
    condition = "{% if n %}Hello {{ n }},{% else %}Hello,{% endif %}"

    found = rendered(f"{condition} {{{{ n }}}}", f"{{{{ n }}}}: {condition}", {"n": name})

    assert [words for words, _expected in found] == [html, text]


def test_a_condition_with_markup_of_its_own_keeps_it():
    condition = "{% if n %}<b>{{ n }}</b>{% endif %}"

    found = rendered(f"<p>{condition}</p>", f"- {condition} -", {"n": "<Kea>"})

    assert [words for words, _expected in found] == ["<p><b>&lt;Kea&gt;</b></p>", "- <b><Kea></b> -"]
