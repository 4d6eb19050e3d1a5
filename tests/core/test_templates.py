"""The frame, the parts and the fragments."""

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest
from django.template import Context, Template, engines
from django.template.loader import get_template
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler
from django_htmx.middleware import HtmxDetails

from core.htmx import go_to, render_page
from core.templatetags import rapport
from tools import vendor

TEMPLATES = Path(settings.BASE_DIR) / "templates"
ALL_TEMPLATES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
ICON = re.compile(r"""(?:\{% icon |<c-icon name=|\bicon=|<c-tile name=)"([a-z0-9-]+)\"""")
GALLERY = (Path(__file__).parent / "gallery.html").read_text()


class Form(forms.Form):
    name = forms.CharField(label="Name", help_text="People see this.")
    email = forms.EmailField(label="E-mail")
    note = forms.CharField(widget=forms.Textarea)
    kind = forms.ChoiceField(choices=[("a", "A")])
    agree = forms.BooleanField(label="I agree")
    days = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, choices=[("m", "Monday")])
    secret = forms.CharField(widget=forms.HiddenInput, initial="s")


def rendered(source: str, **context: object) -> str:
    return engines["django"].from_string(CottonCompiler().process(source)).render(context)


def htmx_request(**headers: str) -> HttpRequest:
    request = RequestFactory().get("/", headers={"HX-Request": "true", **headers})
    request.htmx = HtmxDetails(request)
    request.session = {}
    request._messages = FallbackStorage(request)
    return request


@pytest.mark.parametrize("name", ALL_TEMPLATES)
def test_every_template_compiles(name):
    assert get_template(name)


@pytest.mark.parametrize("name", [name for name in ALL_TEMPLATES if "/mail/" not in name])
def test_every_template_keeps_to_the_strict_policy(name):
    source = (TEMPLATES / name).read_text()

    assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=|\shx-on|<script(?![^>]*\bsrc=)|<style\b|javascript:", source)


def test_every_icon_named_is_in_the_icon_file():
    known = set(re.findall(r'<symbol id="([^"]+)"', (vendor.VENDOR / Path(rapport.SPRITE).name).read_text()))
    named = {(name, icon) for name in ALL_TEMPLATES for icon in ICON.findall((TEMPLATES / name).read_text())}

    assert [pair for pair in sorted(named) if pair[1] not in known] == []


def test_icons_wanted_and_built_are_the_same():
    built = set(re.findall(r'<symbol id="([^"]+)"', (vendor.VENDOR / Path(rapport.SPRITE).name).read_text()))

    assert built == set(vendor.ICON_NAMES.read_text().split())


def test_vendored_files_are_as_checked_in():
    assert vendor.problems() == []


def test_stylesheets_use_logical_properties_only():
    physical = re.compile(
        r"(?<![-\w])(?:margin|padding|border)-(?:left|right|top|bottom)|(?<![-\w])(?:left|right|top|bottom|width|height|max-width|min-width|max-height|min-height)\s*:|text-align:\s*(?:left|right)|float:"
    )
    found = {
        f"{path.name}: {hit}"
        for path in (Path(settings.BASE_DIR) / "static/css").glob("*.css")
        for hit in physical.findall(re.sub(r"@media[^{]*", "", path.read_text()))
    }

    assert found == set()


def test_every_component_renders_without_a_trace_of_its_tag():
    html = rendered(GALLERY, form=Form(), parts=[(62, "c1")], evil='"><script>alert(1)</script>', now=None)

    assert "<c-" not in html
    assert "{{" not in html
    assert "<script>" not in html


def test_impossible_button_says_why():
    html = rendered('<c-button why="Choose people first">Send</c-button>')

    assert 'aria-disabled="true"' in html
    assert '<span class="hint" aria-hidden="true">Choose people first</span>' in html


def test_component_ignores_a_variable_of_the_same_name_around_it():
    assert 'data-tone=""' in rendered("<c-badge>Draft</c-badge>", tone="bad")


def test_form_has_our_look_and_says_what_is_wrong_beside_the_field():
    html = str(Form({"name": "", "email": "x", "kind": "a", "note": "n", "agree": "on", "days": ["m"], "secret": "s"}))

    assert '<label for="id_name">Name</label>' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert '<p id="id_name_helptext">People see this.</p>' in html
    assert 'id="id_email_error"' in html
    assert re.search(r'<input type="email"[^>]*class="input"[^>]*>', html)
    assert re.search(r'<textarea[^>]*class="textarea"', html)
    assert re.search(r'<select[^>]*class="select"', html)
    assert '<input type="hidden" name="secret" value="s" id="id_secret">' in html


def test_meter_bars_follow_each_other_and_never_pass_the_end():
    html = rapport.meter_bars([(50, "c1"), (0, "c2"), (80, "c3")], 100)

    assert html == (
        '<rect x="0.000%" width="50.000%" height="100%" class="c1"/>'
        '<rect x="50.000%" width="50.000%" height="100%" class="c3"/>'
    )


@pytest.mark.parametrize("total", [0, None])
def test_meter_of_nothing_is_empty(total):
    assert rapport.meter_bars([(5, "c1")], total) == ""


def test_navigation_leaves_out_what_does_not_exist():
    assert rapport.nav_url("nothing:here", "x") == ""
    assert rapport.navigation(Context({"workspace": None})) == []


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "429", "500"])
def test_error_page_needs_neither_viewer_nor_database(code):
    html = get_template(f"{code}.html").render({})

    assert "<h1>" in html
    assert 'href="/"' in html


PAGE = "tests_page.html"


@pytest.fixture
def page(tmp_path, settings):
    (tmp_path / PAGE).write_text("whole {% partialdef rows inline %}part{% endpartialdef %}")
    changed = [dict(settings.TEMPLATES[0], DIRS=[tmp_path, *settings.TEMPLATES[0]["DIRS"]])]
    settings.TEMPLATES = changed


def test_fragment_is_the_named_part_of_the_page(page):
    response = render_page(htmx_request(), PAGE, partial="rows")

    assert response.content == b"part"
    assert response.headers["Vary"] == "HX-Request"


@pytest.mark.parametrize("headers", [{"HX-History-Restore-Request": "true"}, {"HX-Boosted": "true"}])
def test_whole_page_is_given_when_going_back_or_boosting(page, headers):
    assert render_page(htmx_request(**headers), PAGE, partial="rows").content == b"whole part"


def test_messages_travel_with_a_fragment(page):
    request = htmx_request()
    messages.success(request, "Saved & kept")
    messages.error(request, "But one thing failed")

    html = render_page(request, PAGE, partial="rows").content.decode()

    assert html.startswith('part<hx-partial hx-target="#snacks"')
    assert "Saved &amp; kept" in html
    assert "But one thing failed" in html


def test_message_for_the_page_to_come_is_not_taken_by_a_fragment(page):
    saying = htmx_request()
    messages.success(saying, "The draft is gone")
    answer = go_to(saying, "/next/")
    get_messages(saying).update(answer)
    fragment, next_page = htmx_request(), htmx_request()
    for request in (fragment, next_page):
        request.COOKIES["messages"] = answer.cookies["messages"].value

    assert render_page(fragment, PAGE, partial="rows").content == b"part"
    assert not get_messages(fragment).used
    assert [str(message) for message in get_messages(next_page)] == ["The draft is gone"]


def test_htmx_is_sent_to_the_next_page_by_header():
    response = go_to(htmx_request(), "/next/")

    assert response.status_code == 204
    assert response.headers["HX-Redirect"] == "/next/"


def test_browser_is_redirected_to_the_next_page():
    request = RequestFactory().post("/")

    assert go_to(request, "/next/").url == "/next/"


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("mere@wharepuni.example", "mere<wbr>@wharepuni.example"),
        ('"a@b"<i>@x.example', "&quot;a@b&quot;&lt;i&gt;<wbr>@x.example"),
        ("+64215550142", "+64215550142"),
        ("", ""),
    ],
)
def test_address_breaks_before_its_last_at_and_is_escaped(address, written):
    assert rapport.breakable(address) == written


def test_moment_gives_the_exact_time_too():
    from core.clock import now

    html = Template("{% moment at %}").render(Context({"at": now()}))

    assert re.fullmatch(r'<time datetime="[^"]+" title="[^"]+\(UTC\)">just now</time>', html)
