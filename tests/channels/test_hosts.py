"""Host names of one's own: what DNS has to say, who gets a name, and when it goes out of use again."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import AuditEntry, Workspace
from channels.models import PageHost
from channels.services import HostRefused, connect_host, own_host_name, page_base, remove_host, serving_workspace
from channels.services.hosts import check_hosts, proof_name, proof_value, wake_host_checks
from core import clock
from tests.contacts.name_server import NameServer, name_server

pytestmark = pytest.mark.django_db

HOST = "quiz.kea-cabins.nz"


@pytest.fixture
def dns(settings: Any) -> Iterator[NameServer]:
    settings.BASE_URL, settings.OWN_DOMAINS = "https://news.rapport.nz", True
    with name_server() as server:
        settings.DNS_SERVER = server.address
        yield server


def publish(dns: NameServer, host: PageHost) -> None:
    dns.records[proof_name(host), "TXT"] = [f'"{proof_value(host)}"']
    dns.records[host.host, "CNAME"] = ["news.rapport.nz."]


def look(host: PageHost) -> str:
    PageHost.objects.filter(pk=host.pk).update(next_check_at=clock.now())
    assert check_hosts() == 1
    host.refresh_from_db()
    return host.state


def other_workspace() -> Workspace:
    return Workspace.objects.create(name="Other", slug="other")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("quiz.kea.nz", "quiz.kea.nz"), ("QUIZ.Kea.nz:8443", "quiz.kea.nz"), ("quiz.kea.nz.", "quiz.kea.nz"),
        ("news.rapport.nz", ""), ("localhost:8000", ""), ("127.0.0.1:8000", ""), ("[::1]:80", ""), ("", ""),
        ("quiz.kea.nz:80:80", ""), ("a.wild.nz", ""),
    ],
)  # fmt: skip
def test_name_of_a_request_is_ours_or_somebodys(dns, settings, host, name):
    settings.ALLOWED_HOSTS = ["*", ".wild.nz"]
    assert own_host_name(host) == name


def test_name_is_used_once_both_records_are_there(dns, workspace, owner):
    host = connect_host(workspace=workspace, actor=owner, host=HOST)
    assert look(host) == "pending"
    assert {name: one["problem"] for name, one in host.findings.items()} == {
        "owner": "owner_missing", "way": "way_missing",
    }  # fmt: skip
    dns.records[HOST, "A"] = ["192.0.2.7"]
    dns.records[proof_name(host), "TXT"] = ['"rapport-host=somebody-else"']
    assert look(host) == "pending"
    assert {name: one["problem"] for name, one in host.findings.items()} == {
        "owner": "owner_other", "way": "way_elsewhere",
    }  # fmt: skip
    assert (page_base(workspace), serving_workspace(HOST)) == ("https://news.rapport.nz", None)
    publish(dns, host)

    assert look(host) == "verified"
    assert page_base(workspace) == f"https://{HOST}"
    assert serving_workspace(f"{HOST}:443") == workspace
    actions = AuditEntry.objects.filter(action__startswith="host.").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["host.connected", "host.verified"]


def test_an_address_in_common_is_a_way_too(dns, workspace, owner):
    host = connect_host(workspace=workspace, actor=owner, host=HOST)
    publish(dns, host)
    del dns.records[HOST, "CNAME"]
    dns.records[HOST, "A"] = dns.records["news.rapport.nz", "A"] = ["192.0.2.7"]

    assert look(host) == "verified"


def test_silence_changes_nothing_and_a_day_without_records_does(dns, workspace, owner, monkeypatch):
    host = connect_host(workspace=workspace, actor=owner, host=HOST)
    publish(dns, host)
    look(host)
    dns.failing.add(proof_name(host))
    assert look(host) == "verified"
    assert (host.failing_since, host.findings["owner"]["problem"]) == (None, "no_answer")
    dns.failing.clear()
    del dns.records[proof_name(host), "TXT"]
    assert look(host) == "verified"
    assert host.failing_since is not None
    PageHost.objects.update(failing_since=clock.now() - dt.timedelta(hours=25))

    assert look(host) == "broken"
    assert serving_workspace(HOST) is None
    publish(dns, host)
    assert (look(host), host.failing_since) == ("verified", None)


def test_only_who_writes_dns_gets_a_name_and_the_first_keeps_it(dns, workspace, owner):
    mine = connect_host(workspace=workspace, actor=owner, host=HOST)
    publish(dns, mine)
    look(mine)
    theirs = connect_host(workspace=other_workspace(), actor=owner, host=HOST)
    assert look(theirs) == "pending"
    dns.records[proof_name(theirs), "TXT"] = [f'"{proof_value(one)}"' for one in (mine, theirs)]

    assert look(theirs) == "pending"
    assert theirs.findings["owner"]["problem"] == "host_taken"
    publish(dns, theirs)
    assert look(mine) == "verified"
    assert look(theirs) == "verified"
    mine.refresh_from_db()
    assert mine.state == "broken"
    assert serving_workspace(HOST) == theirs.workspace


@pytest.mark.parametrize("host", ["news.rapport.nz", "below.news.rapport.nz", "localhost"])
def test_own_names_of_the_server_are_refused(dns, workspace, owner, host):
    with pytest.raises(HostRefused):
        connect_host(workspace=workspace, actor=owner, host=host)
    assert PageHost.objects.count() == 0


def test_switched_off_nobody_is_served(dns, settings, workspace, owner):
    host = connect_host(workspace=workspace, actor=owner, host=HOST)
    publish(dns, host)
    look(host)
    settings.OWN_DOMAINS = False
    wake_host_checks()

    assert (page_base(workspace), serving_workspace(HOST)) == ("https://news.rapport.nz", None)
    with pytest.raises(HostRefused):
        connect_host(workspace=workspace, actor=owner, host="else.kea.nz")


def test_another_name_takes_the_place_of_the_first_and_removing_ends_it(dns, workspace, owner):
    publish(dns, connect_host(workspace=workspace, actor=owner, host=HOST))
    check_hosts()
    second = connect_host(workspace=workspace, actor=owner, host="win.kea.nz")

    assert serving_workspace(HOST) is None
    assert PageHost.objects.get() == second
    remove_host(host=second, actor=owner)
    assert PageHost.objects.count() == 0
