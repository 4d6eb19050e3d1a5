"""Bodies kept as the bytes that travel: the same words as Liquid gives, in lines that SMTP takes as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.filling import Part
from content.folding import LONG_LINE, fold_lines
from content.plaintext import tidy_lines
from content.wire import LONGEST_LINE, WireForm, wire_text

VALUE = st.text(st.sampled_from("ab é.\n\r\0😀"), max_size=8) | st.just("x" * 600)
PIECE = st.text(st.sampled_from("cd é.\n<>"), max_size=8) | st.just("y" * 400)


def is_ready(content):
    """What `content.wire` promises of its bytes."""
    lines = content.split(b"\r\n")
    return all(
        len(line) <= LONGEST_LINE and not line.startswith(b".") and not {0, 10, 13} & set(line) for line in lines
    )


@given(literals=st.lists(PIECE, min_size=1, max_size=5), values=st.lists(VALUE, max_size=4))
def test_joined_bytes_are_ready_and_the_same_words(literals, values):
    values = values[: len(literals) - 1]
    pieces, places = [literals[0]], []
    for _value, literal in zip(values, literals[1:], strict=False):
        places.append(len(pieces))
        pieces += ["", literal]
    form = WireForm(pieces, places)
    joined = form.join(values) if form.is_possible else None
    whole = "".join(piece + value for piece, value in zip(pieces[::2], [*values, ""], strict=True))
    if joined is None:
        return
    assert is_ready(joined)
    assert joined.replace(b"\r\n", b"\n").decode() == whole


@given(text=st.lists(VALUE | PIECE, max_size=6).map("".join))
def test_whole_text_is_ready_or_refused(text):
    content = wire_text(text)
    if content is not None:
        assert is_ready(content)
        assert content.replace(b"\r\n", b"\n").decode() == text


LINES = ["", " ", "words", "{{ n }}", " {{ n }}", "a {{ n }}", "{{ n }} a", "{{ n }} {{ n }}", "{% if n %}b{% endif %}"]


@given(
    lines=st.lists(st.sampled_from(LINES)),
    name=st.sampled_from(["", " ", "Kea", " Kea ", ".x", "a\nb"]),
)
def test_tidied_bytes_are_what_tidy_lines_makes_of_the_text(lines, name):
    part = Part("\n".join(lines), html=False, language="en")
    content = part.render_wire({"n": name}, is_tidied=True)
    if content is not None:
        assert content.replace(b"\r\n", b"\n").decode() == tidy_lines(part.render({"n": name}))


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("<p>{{ n }}</p>\nKia ora", "Kea", b"<p>Kea</p>\r\nKia ora"),
        ("<p>{{ n }}</p>", "Kea\nTui", None),
        ("one\n{{ n }}two", ".", None),
        ("one\n{{ n }}two", "", b"one\r\ntwo"),
        ("one\n{{ n }}.two", "", None),
        ("one\n.two", "", None),
        ("<p>{{ n }}</p>", "x" * 1_000, None),
        ("<p>{{ n }}</p>", "é" * 400, ("<p>" + "é" * 400 + "</p>").encode()),
        ("<p>{{ n }}</p>", "é" * 500, None),
        ("x" * 991, "", None),
        ("{% for x in n %}{{ x }}{% endfor %}", "", None),
        ("{% if n %}Hi {{ n }}{% else %}Hello{% endif %}", "Kea", b"Hi Kea"),
        ("{% if n %}Hi {{ n }}{% else %}Hello{% endif %}", None, b"Hello"),
    ],
)
def test_part_is_filled_as_bytes_where_that_is_safe(source, name, expected):
    assert Part(source, html=False, language="en").render_wire({"n": name}) == expected


def test_long_lines_are_folded_at_spaces_inside_tags():
    cell = '<td style="font-size: 16px; line-height: 1.5" align="left">words here</td>'
    folded = fold_lines("<table>" + cell * 40 + "</table>")
    assert folded.replace("\n", " ") == "<table>" + cell * 40 + "</table>"
    assert max(map(len, folded.split("\n"))) < LONG_LINE + 2 * len(cell)


def test_long_text_is_folded_unless_its_spaces_count():
    text = "<p>" + "word " * 400 + "</p>"
    folded = fold_lines(text)
    assert folded.replace("\n", " ") == text
    assert max(map(len, folded.split("\n"))) < LONGEST_LINE
    kept = text.replace("<p>", '<p style="white-space: pre">')
    assert fold_lines(kept).count("\n") == 0


def test_style_sheets_are_left_alone():
    sheet = "<style>" + 'a { content: "b c" } ' * 60 + "</style>"
    assert fold_lines(sheet) == sheet
