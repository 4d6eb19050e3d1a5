"""Programs that look after the server may call it by any name; everybody else by one it knows."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Workspace
from channels.models import PageHost

pytestmark = pytest.mark.django_db
INSIDE = {"host": "10.1.2.3:8000"}


@pytest.fixture(autouse=True)
def production(settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.BASE_URL = ["news.rapport.nz"], "https://news.rapport.nz"
    settings.OWN_DOMAINS = True


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
def test_health_is_told_under_any_name(address):
    assert Client().get(address, headers=INSIDE).status_code == 200


def test_proxy_may_ask_for_names_under_any_name(workspace: Workspace):
    PageHost.objects.create(workspace=workspace, host="win.kea.nz", token="t", state="verified")

    answers = [
        Client().get(f"/hosts/known?domain={name}", headers=INSIDE).status_code for name in ("win.kea.nz", "no.kea.nz")
    ]

    assert answers == [200, 404]


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/healthz/more", "/api/v1/contacts/"])
def test_nothing_else_is_served_under_an_unknown_name(address):
    assert Client().get(address, headers=INSIDE).status_code == 400


def test_own_hosts_know_no_probes(workspace: Workspace):
    PageHost.objects.create(workspace=workspace, host="win.kea.nz", token="t", state="verified")

    assert Client().get("/metrics", headers={"host": "win.kea.nz"}).status_code == 404
