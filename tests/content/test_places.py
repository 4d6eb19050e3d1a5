"""Where links stand in a message."""

from content.compiler import compile_content
from content.places import Place, mark_links, places_of

MJML = """<mjml><mj-body><mj-section><mj-column>
<mj-image src="https://kea.example/lake.png" alt="Lake" href="https://kea.example/nights" />
<mj-image src="https://kea.example/hut.png" alt="" href="https://kea.example/hut" />
<mj-text>See <a href="https://kea.example/nights?a={{ contact.first_name | default: "you" }}">the <b>free</b> nights,
{{ contact.first_name }}</a> {% if contact.first_name == "Lina" %}
<a href="https://kea.example/p">P &amp; Q</a>{% endif %}</mj-text>
<mj-button href="https://kea.example/nights">Book now</mj-button>
<mj-text><a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text></mj-column></mj-section></mj-body></mjml>"""


def compiled(text=""):
    return compile_content(subject="Lake", mjml=MJML, text=text)


def test_each_link_is_known_by_what_stands_there():
    content = compiled()
    assert [(place.kind, place.words) for place in places_of(content.html, len(content.links))] == [
        ("picture", "Lake"),
        ("picture", ""),
        ("text", "the free nights, [first name]"),
        ("text", "P & Q"),
        ("button", "Book now"),
    ]


def test_a_link_of_the_text_part_alone_says_so():
    content = compiled("Book: https://kea.example/only-here {{ unsubscribe_url }}")
    assert places_of(content.html, len(content.links))[-1] == Place(5, "plain", "")


def test_markup_that_nobody_wrote_for_us_breaks_nothing():
    assert places_of("<a href='{{ links[0] }}'>Open<a href='{{ links[1] }}'>never closed", 3) == [
        Place(0, "text", "Open"),
        Place(1, "text", "never closed"),
        Place(2, "plain", ""),
    ]


def test_long_words_are_cut():
    (place,) = places_of(f"<a href='{{{{ links[0] }}}}'>{'word ' * 100}</a>", 1)
    assert len(place.words) == 120
    assert place.words.endswith("…")


def test_marks_stand_before_numbered_links_and_nowhere_else():
    content = compiled()
    marked = mark_links(content.html, lambda number: f"[{number}]")
    assert [marked.count(f"[{number}]<a") for number in range(6)] == [1, 1, 1, 1, 1, 0]
    for number in range(5):
        marked = marked.replace(f"[{number}]<a", "<a", 1)
    assert marked == content.html
