import pytest

from content.compiler import compile_content
from content.feed_source import fill_feed, uses_feed
from content.problems import ContentError
from content.renderer import Renderer, contact_context, render_link

FEED = {
    "title": "Kea news",
    "link": "https://kea.example/",
    "items": [
        {"title": "Spring & tracks", "link": "https://kea.example/1?a=1&b=2", "summary": "Open <now>", "image": ""},
        {"title": "Second", "link": "https://kea.example/2", "summary": "", "image": "https://kea.example/2.jpg"},
    ],
}
LOOP = (
    '{% for item in feed.items %}<p>{{ forloop.index }} <a href="{{ item.link }}">{{ item.title }}</a></p>{% endfor %}'
)


def fill(source, *, html=True, feed=FEED):
    return fill_feed(source, feed, where="mjml", html=html)


def test_entries_are_written_out_and_escaped():
    assert fill(LOOP) == (
        '<p>1 <a href="https://kea.example/1?a=1&amp;b=2">Spring &amp; tracks</a></p>'
        '<p>2 <a href="https://kea.example/2">Second</a></p>'
    )
    assert fill("{{ feed.items.first.title }}", html=False) == "Spring & tracks"


def test_what_is_about_the_person_stays_for_each_person():
    source = '{{ contact.first_name | default: "feed" }} {% if contact.tags %}{{ feed.title }}{% else %}x{% endif %}'
    assert (
        fill(source) == '{{ contact.first_name | default: "feed" }} {% if contact.tags %}Kea news{% else %}x{% endif %}'
    )


def test_a_person_inside_a_loop_stays_too():
    source = "{% for item in feed.items %}{% if contact.country == 'NZ' %}{{ item.title }}{% endif %}{% endfor %}"
    asked = "{% if contact.country == 'NZ' %}"
    assert fill(source) == f"{asked}Spring &amp; tracks{{% endif %}}{asked}Second{{% endif %}}"


def test_conditions_about_the_feed_are_decided():
    source = "{% for item in feed.items %}{% if item.image != '' %}{{ item.title }}{% else %}-{% endif %}{% endfor %}"
    assert fill(source) == "-Second"
    assert fill("{% if feed.items.size > 1 %}many{% endif %}") == "many"


def test_an_entry_can_never_become_a_field_or_a_tag():
    feed = {"title": "{{ contact.email }} {% if x %}", "link": "", "items": []}
    filled = fill("{{ feed.title }}", feed=feed, html=False)
    assert "{{" not in filled
    assert "{%" not in filled


@pytest.mark.parametrize(
    ("source", "expected"),
    [("{{ feed.title }}", True), ("{% for x in feed.items %}{% endfor %}", True), ("feed {{ data.feeder }}", False)],
)
def test_uses_feed_only_looks_into_fields(source, expected):
    assert uses_feed(source) is expected
    if not expected:
        assert fill(source) == source


def test_a_source_that_is_no_liquid_is_refused():
    with pytest.raises(ContentError):
        fill("{% for item in feed.items %}{{ item.title }}")


def test_links_of_entries_are_numbered_like_any_other_and_the_message_renders():
    mjml = f"<mjml><mj-body><mj-section><mj-column><mj-text>Hi {{{{ contact.first_name }}}}{LOOP}</mj-text>"
    mjml += '<mj-text><a href="{{ unsubscribe_url }}">x</a></mj-text></mj-column></mj-section></mj-body></mjml>'
    compiled = compile_content(subject=fill("{{ feed.items.first.title }}", html=False), mjml=fill(mjml))
    assert [problem.code for problem in compiled.problems if problem.level == "error"] == []
    assert compiled.links == ["https://kea.example/1?a=1&b=2", "https://kea.example/2"]
    data = contact_context({"first_name": "Lina"}, {}, workspace={})
    links = [render_link(link, data) or "" for link in compiled.links]
    message = Renderer(compiled).render(data, links=links, unsubscribe_url="u", preferences_url="p", view_url="v")
    assert message.subject == "Spring & tracks"
    assert "Hi Lina" in message.html
    assert "https://kea.example/1?a=1&amp;b=2" in message.html
