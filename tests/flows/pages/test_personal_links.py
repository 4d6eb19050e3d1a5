"""Hidden fields that count only in a signed address: made on the share page, in mails, or by another system."""

import base64
import hashlib
import hmac
import html as markup
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from content.compiler import compile_content
from content.renderer import render_link
from core.signed_fields import read_fields, sign_fields, with_fields
from flows.models import FlowSession
from flows.views.visitors import signing_key
from tests.cast import client_of
from tests.flows.pages.documents import QUIZ
from tests.flows.pages.test_public import fields, home, publish

VIP: dict[str, Any] = {
    **QUIZ,
    "hidden_fields": [
        {"key": "vip", "type": "text", "source": "query", "default": "no", "trusted": True},
        {"key": "mood", "type": "text", "source": "query"},
    ],
}


@pytest.fixture
def flow(workspace, owner):
    return publish(workspace, owner, VIP)


def hidden(flow: Any, query: str) -> tuple[Any, Any]:
    """What a session that begins by this address has in its hidden fields."""
    client = Client(headers={"accept-language": "en"})
    page = client.get(f"{home(flow)}?{query}").content.decode()
    client.post(home(flow), fields(page, view="lake"))
    from flows.documents import read_state

    kept = read_state(FlowSession.objects.latest("pk").state).hidden
    return kept.get("vip"), kept.get("mood")


def signed(flow: Any, **values: str) -> str:
    return f"signed={sign_fields(signing_key(flow), values)}"


@pytest.mark.django_db
def test_signed_value_counts_and_the_rest_of_the_address_is_free(flow):
    assert hidden(flow, f"{signed(flow, vip='gold')}&mood=fine&utm_source=mail") == ("gold", "fine")


@pytest.mark.django_db
def test_value_that_is_not_signed_is_ignored(flow):
    token = sign_fields(signing_key(flow), {"vip": "silver"})
    other = base64.urlsafe_b64encode(b'{"vip":"gold"}').rstrip(b"=").decode()

    for query in (
        "vip=gold",
        "signed=gold",
        f"signed={other}.{token.partition('.')[2]}",
        f"signed={token[:-1]}0",
        f"signed={sign_fields('0' * 32, {'vip': 'gold'})}",
        f"signed={other}.",
        "signed=" + "x" * 9_000,
    ):
        assert hidden(flow, query)[0] == "no", query


@pytest.mark.django_db
def test_key_of_one_flow_signs_for_no_other(flow, workspace, owner):
    other = publish(workspace, owner, VIP, "other")

    assert hidden(other, signed(flow, vip="gold"))[0] == "no"


@pytest.mark.django_db
def test_signing_what_is_not_to_be_trusted_gives_nothing(flow):
    assert hidden(flow, signed(flow, mood="fine", contact="1")) == ("no", None)


@pytest.mark.django_db
def test_page_makes_a_link_and_the_line_for_mails(flow, workspace, owner):
    address = reverse("flows:personal-links", args=[workspace.slug, flow.public_id])
    assert address in client_of(owner).get(reverse("flows:share", args=[workspace.slug, flow.public_id])).text
    page = client_of(owner).get(address, {"f.vip": "gold & more"}).text
    link, line = (markup.unescape(one) for one in re.findall(r"readonly dir=\"ltr\">([^<]*)</textarea>", page))

    assert hidden(flow, urlsplit(link).query)[0] == "gold & more"
    mail = compile_content(
        subject="Hi", html=f'<p><a href="{line}">Go</a> <a href="{{{{ unsubscribe_url }}}}">Leave</a></p>'
    )
    assert mail.is_sendable
    target = next(one for one in mail.links if "signed" in one)
    found = render_link(target, {"contact": {"first_name": "Ana"}}) or ""
    assert hidden(flow, urlsplit(found).query)[0] == "Ana"


@pytest.mark.django_db
def test_flow_that_trusts_nothing_has_no_personal_links(workspace, owner):
    plain = publish(workspace, owner, QUIZ, "plain")
    address = reverse("flows:personal-links", args=[workspace.slug, plain.public_id])

    assert client_of(owner).get(address).status_code == 404
    assert address not in client_of(owner).get(reverse("flows:share", args=[workspace.slug, plain.public_id])).text


@pytest.mark.django_db
def test_who_only_looks_does_not_see_the_key(flow, workspace, viewer):
    address = reverse("flows:personal-links", args=[workspace.slug, flow.public_id])

    assert signing_key(flow) not in client_of(viewer).get(address).text


def test_token_can_be_made_by_others():
    body = base64.urlsafe_b64encode(b'{"vip":"1"}').rstrip(b"=").decode()
    mac = hmac.new(b"0123", body.encode(), hashlib.sha256).hexdigest()

    assert sign_fields("0123", {"vip": "1"}) == f"{body}.{mac}"
    assert with_fields("https://kea.example/f/?a=1#top", "0123", {"vip": "1"}) == (
        f"https://kea.example/f/?a=1&signed={body}.{mac}#top"
    )


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=5), st.text(max_size=80))
def test_token_gives_back_what_was_signed_and_nothing_else(values, noise):
    token = parse_qs(urlsplit(with_fields("https://kea.example/", "k", values)).query)["signed"][0]

    assert read_fields("k", token) == values
    assert read_fields("l", token) == {}
    assert read_fields("k", noise) == {}
    assert read_fields("k", token + noise) == (values if not noise else {})
