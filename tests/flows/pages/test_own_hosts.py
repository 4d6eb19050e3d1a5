"""A workspace's own host serves its public pages, and nothing else whatever the address or the Host says."""

import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Workspace
from channels.models import PageHost
from flows.models import Flow, FlowSession
from tests.cast import client_of
from tests.channels.test_hosts import HOST
from tests.flows.pages.documents import QUIZ
from tests.flows.pages.test_public import fields, home, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def production(settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.BASE_URL = ["news.rapport.nz"], "https://news.rapport.nz"
    settings.OWN_DOMAINS = True


@pytest.fixture
def host(workspace: Workspace) -> PageHost:
    return PageHost.objects.create(workspace=workspace, host=HOST, token="t", state="verified")


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"host": HOST, "accept-language": "en"})


@pytest.fixture
def quiz(workspace: Workspace, owner: Any, host: PageHost) -> Flow:
    return publish(workspace, owner, QUIZ)


def test_flow_is_passed_at_the_own_host(quiz, visitor):
    first = visitor.get(home(quiz))
    html = first.content.decode()
    sent = visitor.post(home(quiz), fields(html, view="lake"), headers={"origin": f"http://{HOST}"})
    done = visitor.post(
        sent.headers["Location"], fields(visitor.get(sent.headers["Location"]).content.decode(), name="A")
    )

    assert first.status_code == 200
    assert f'<link rel="canonical" href="http://{HOST}{home(quiz)}">' in html
    assert (sent.status_code, done.status_code) == (303, 303)
    assert FlowSession.objects.get().status == "completed"


def test_links_codes_and_lines_begin_with_the_own_host(quiz, viewer):
    main = Client(headers={"host": "news.rapport.nz"})
    html = main.get(home(quiz)).content.decode()
    share = client_of(viewer).get(
        f"/w/{quiz.workspace.slug}/flows/{quiz.public_id}/share/", headers={"host": "news.rapport.nz"}
    )

    assert f'<link rel="canonical" href="https://{HOST}{home(quiz)}">' in html
    assert re.search(rf'og:image" content="https://{re.escape(HOST)}/f/[^"]+card\.png', html)
    assert share.content.decode().count(f"https://{HOST}/") >= 5
    assert "news.rapport.nz/f/" not in share.content.decode()


def test_flow_of_another_workspace_is_not_there(host, visitor, owner):
    other = Workspace.objects.create(name="Other", slug="other")
    theirs = publish(other, owner, QUIZ)
    paths = ["", "card.png", "qr.svg", "rules/", "draw/", "gallery/", "leaders/", "s/secret/", "entry/token/"]

    assert {visitor.get(f"{home(theirs)}{path}").status_code for path in paths} == {404}
    assert visitor.post(home(theirs), {"first": "x"}).status_code == 404
    assert Client(headers={"host": "news.rapport.nz"}).get(home(theirs)).status_code == 200


def _paths(patterns: list[Any], before: str = "/") -> list[str]:
    found: list[str] = []
    for one in patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            found += _paths(one.url_patterns, path)
        elif isinstance(one, URLPattern):
            found.append(path)
    return found


def test_nothing_of_the_server_itself_is_there_even_signed_in(workspace, host, owner):
    signed_in = client_of(owner)
    kinds = {
        "slug:workspace": workspace.slug,
        "uuid": "00000000-0000-7000-8000-000000000000",
        "int": "1",
        "format": ".x",
    }
    allowed = set(_paths(get_resolver(django_settings.OWN_HOST_URLCONF).url_patterns))
    others = [path for path in _paths(get_resolver().url_patterns) if path not in allowed and "^" not in path]
    assert len(others) > 100
    for path in others:
        address = re.sub(
            r"<([^>]+)>", lambda found: kinds.get(found[1]) or kinds.get(found[1].split(":")[0]) or "x", path
        )
        assert signed_in.get(address, headers={"host": HOST}).status_code == 404, path


def test_only_these_addresses_are_served(host):
    assert sorted(_paths(get_resolver(django_settings.OWN_HOST_URLCONF).url_patterns)) == [
        "/account/brand/<str:color>.css",
        "/f/<uuid:flow>/",
        "/f/<uuid:flow>/card.png",
        "/f/<uuid:flow>/claim/<str:token>/",
        "/f/<uuid:flow>/confirm/<str:token>/",
        "/f/<uuid:flow>/draw/",
        "/f/<uuid:flow>/draw/<slug:name>.txt",
        "/f/<uuid:flow>/draw/documents.zip",
        "/f/<uuid:flow>/draw/verify_draw.py",
        "/f/<uuid:flow>/entry/<str:token>/",
        "/f/<uuid:flow>/entry/<str:token>/withdraw/",
        "/f/<uuid:flow>/gallery/",
        "/f/<uuid:flow>/gallery/<uuid:entry>/picture/",
        "/f/<uuid:flow>/gallery/<uuid:entry>/vote/",
        "/f/<uuid:flow>/leaders/",
        "/f/<uuid:flow>/qr.svg",
        "/f/<uuid:flow>/rules/",
        "/f/<uuid:flow>/s/<str:secret>/",
        "/f/any/<uuid:split>/",
        "/f/captions/<uuid:folder>/<uuid:name>.vtt",
        "/f/embed.js",
        "/media/pictures/<uuid:folder>/<uuid:name>.<picture_extension:extension>",
    ]


@pytest.mark.parametrize("state", ["pending", "broken"])
def test_name_that_is_not_in_use_is_refused_as_any_other(workspace, owner, host, visitor, state):
    flow = publish(workspace, owner, QUIZ)
    PageHost.objects.update(state=state)

    assert visitor.get(home(flow)).status_code == 400
    assert Client(headers={"host": "evil.example.nz"}).get(home(flow)).status_code == 400


def test_forwarded_host_and_strange_hosts_decide_nothing(workspace, owner, host):
    flow = publish(workspace, owner, QUIZ)
    main = Client(headers={"host": "news.rapport.nz", "x-forwarded-host": HOST})

    assert f'content="https://{HOST}{home(flow)}"' in main.get(home(flow)).content.decode()
    assert main.get("/accounts/login/").status_code == 200
    for strange in (f"{HOST}@news.rapport.nz", f"{HOST}:80:80", f"{HOST}/", f"evil.{HOST}", f"{HOST}, news.rapport.nz"):
        assert Client(headers={"host": strange}).get("/accounts/login/").status_code == 400


def test_page_that_is_not_there_is_the_workspaces(host, visitor, workspace):
    answer = visitor.get("/")

    assert answer.status_code == 404
    assert workspace.name in answer.content.decode()
    assert "Rapport" not in answer.content.decode()


def test_session_of_the_server_counts_for_nothing(quiz, owner):
    signed_in = client_of(owner)
    answer = signed_in.get(home(quiz), headers={"host": HOST})

    assert answer.status_code == 200
    assert not answer.wsgi_request.user.is_authenticated


def test_proxy_learns_which_names_are_in_use(host):
    main = Client(headers={"host": "news.rapport.nz"})

    assert main.get(f"/hosts/known?domain={HOST}").status_code == 200
    assert [main.get(f"/hosts/known{query}").status_code for query in ("?domain=else.nz", "", "?domain=")] == [404] * 3


def test_page_of_the_address_is_for_editors(workspace, owner, viewer, stranger, settings):
    settings.DNS_SERVER = "127.0.0.1:1"
    main, page = {"host": "news.rapport.nz"}, f"/w/{workspace.slug}/settings/own-address/"
    refused = client_of(viewer).post(page, {"host": HOST}, headers=main)
    wrong = client_of(owner).post(page, {"host": "news.rapport.nz"}, headers=main)
    assert (refused.status_code, wrong.status_code, PageHost.objects.count()) == (403, 422, 0)
    client_of(owner).post(page, {"host": f"https://{HOST}/"}, headers=main)
    shown = client_of(viewer).get(page, headers=main).content.decode()

    assert PageHost.objects.get().host == HOST
    assert f"_rapport.{HOST}" in shown
    assert f"rapport-host={PageHost.objects.get().token}" in shown
    assert client_of(stranger).get(page, headers=main).status_code == 404
    client_of(owner).post(f"{page}remove/", headers=main)
    assert PageHost.objects.count() == 0
