"""Workspaces, profiles, keys and the history of changes."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey, AuditEntry, Membership, Role, Workspace
from accounts.services import create_workspace, find_api_key
from tests.cast import client_of, make_user

GOOD = {
    "name": "Kea Cabins Ltd",
    "postal_address": "14 Ardmore Street\nWānaka 9305\n",
    "time_zone": "Asia/Dubai",
    "language": "ar",
    "brand_color": "#2D4A38",
}


def url(name, workspace, *args):
    return reverse(f"accounts:{name}", args=[workspace.slug, *args])


def test_newcomer_makes_a_workspace_and_owns_it(db):
    dora = make_user("Dora")

    answer = client_of(dora).post(
        reverse("account:create_workspace"), {"name": "Café Zoë", "time_zone": "Europe/Berlin", "language": "en"}
    )

    workspace = Workspace.objects.get()
    assert answer.url == reverse("dashboard:home", args=["cafe-zoe"])
    assert (workspace.name, workspace.time_zone) == ("Café Zoë", "Europe/Berlin")
    assert Membership.objects.get().role == Role.OWNER


@pytest.mark.parametrize(("name", "slug"), [("Kea Cabins", "kea-cabins-2"), ("佐藤", "workspace"), ("!", "workspace")])
def test_address_of_a_workspace_is_free_and_readable(workspace, owner, name, slug):
    assert create_workspace(owner=owner, name=name).slug == slug


def test_new_workspace_without_a_name_keeps_the_rest(db):
    page = client_of(make_user("Dora")).post(
        reverse("account:create_workspace"), {"name": "", "time_zone": "Europe/Berlin", "language": "ru"}
    )

    assert page.status_code == 422
    assert b'<option value="Europe/Berlin" selected>' in page.content
    assert not Workspace.objects.exists()


def test_settings_are_saved_and_written_down(workspace, owner):
    answer = client_of(owner).post(url("settings", workspace), GOOD)

    workspace.refresh_from_db()
    assert answer.status_code == 302
    assert workspace.postal_address == "14 Ardmore Street, Wānaka 9305"
    assert (workspace.time_zone, workspace.language, workspace.brand_color) == ("Asia/Dubai", "ar", "#2d4a38")
    assert workspace.slug == "kea-cabins"
    entry = AuditEntry.objects.get(workspace=workspace)
    assert (entry.action, entry.actor) == ("workspace.changed", owner)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("time_zone", "Mars/Base"), ("language", "xx"), ("brand_color", "red"), ("name", "a" * 81)],
)
def test_bad_settings_change_nothing_and_keep_what_was_typed(workspace, owner, field, value):
    page = client_of(owner).post(url("settings", workspace), {**GOOD, field: value})

    assert page.status_code == 422
    assert b"14 Ardmore Street" in page.content
    workspace.refresh_from_db()
    assert workspace.name == "Kea Cabins"
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("who", ["teammate", "viewer"])
def test_only_owners_change_settings(workspace, request, who):
    client = client_of(request.getfixturevalue(who))

    assert b"Owners of the workspace can change them" in client.get(url("settings", workspace)).content
    assert client.post(url("settings", workspace), GOOD).status_code == 403
    workspace.refresh_from_db()
    assert workspace.name == "Kea Cabins"


def test_key_is_shown_once_and_works_until_revoked(workspace, owner):
    client = client_of(owner)

    page = client.post(url("keys", workspace), {"name": "Booking", "contacts": "write", "events": "read"})

    secret = re.search(r'<code class="secret" dir="ltr">([^<]+)</code>', page.content.decode())[1]
    key = ApiKey.objects.get()
    assert key.scopes == ["contacts:write", "events:read"]
    assert find_api_key(secret) == key
    assert secret.encode() not in client.get(url("keys", workspace)).content
    client.post(url("revoke", workspace, key.public_id))
    assert find_api_key(secret) is None
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "api_key.created",
        "api_key.revoked",
    ]


def test_key_that_may_do_nothing_is_not_made(workspace, owner):
    page = client_of(owner).post(url("keys", workspace), {"name": "Booking"})

    assert page.status_code == 422
    assert b"Choose at least one thing the key may do" in page.content
    assert not ApiKey.objects.exists()


def test_sending_is_granted_apart(workspace, owner):
    client_of(owner).post(url("keys", workspace), {"name": "Robot", "campaigns": "write", "may_send": "on"})

    assert ApiKey.objects.get().scopes == ["campaigns:send", "campaigns:write"]


@pytest.mark.parametrize("name", ["keys", "audit"])
def test_keys_and_history_are_for_owners(workspace, teammate, name):
    page = client_of(teammate).get(url(name, workspace))

    assert page.status_code == 403
    assert b"This is not open to you" in page.content


def test_history_says_who_changed_what(workspace, owner):
    client = client_of(owner)
    client.post(url("settings", workspace), GOOD)

    html = client.get(url("audit", workspace)).content.decode()

    assert "Changed the settings" in html
    assert "Alice" in html


@pytest.mark.parametrize("page", ["0", "x", "99999", "-1"])
def test_history_takes_any_page_number(workspace, owner, page):
    assert client_of(owner).get(url("audit", workspace), {"page": page}).status_code == 200


def test_profile_is_saved(workspace, owner):
    answer = client_of(owner).post(
        reverse("account:profile"), {"name": "Aroha", "language": "ru", "time_zone": "Asia/Tokyo", "theme": "dark"}
    )

    owner.refresh_from_db()
    assert answer.status_code == 302
    assert (owner.name, owner.language, owner.time_zone, owner.theme) == ("Aroha", "ru", "Asia/Tokyo", "dark")


def test_bad_profile_changes_nothing(workspace, owner):
    page = client_of(owner).post(
        reverse("account:profile"), {"name": "Aroha", "language": "ru", "time_zone": "Mars/Base", "theme": "dark"}
    )

    owner.refresh_from_db()
    assert page.status_code == 422
    assert (owner.name, owner.theme) == ("Alice", "system")


def test_theme_and_language_are_switched_from_the_menu(workspace, owner):
    client = client_of(owner)
    there = url("settings", workspace)

    answer = client.post(reverse("account:appearance"), {"theme": "dark", "next": there})
    client.post(reverse("account:appearance"), {"language": "ar"})

    assert answer.url == there
    html = client.get(there).content.decode()
    assert '<html lang="ar" dir="rtl" class=" dark" data-theme="dark">' in html


def test_menu_never_leads_away_from_us(owner):
    answer = client_of(owner).post(reverse("account:appearance"), {"theme": "dark", "next": "https://evil.example/"})

    assert answer.url == "/"


def test_times_are_shown_in_the_zone_of_the_workspace_unless_chosen(workspace, owner):
    client = client_of(owner)
    assert client.get(url("settings", workspace)).status_code == 200
    client.post(url("settings", workspace), GOOD)

    html = client.get(url("audit", workspace)).content.decode()

    assert "(+04)" in html
    assert timezone.get_current_timezone_name() == "UTC"


def test_brand_stylesheet_is_readable_and_lasts(db):
    answer = Client().get("/account/brand/ffee00.css")

    assert answer.headers["Content-Type"] == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.content.decode().startswith(".pub{--b:#")


@pytest.mark.parametrize("color", ["xyzxyz", "fff", "0b5d78;}", "%7D"])
def test_brand_stylesheet_takes_only_colours(db, color):
    assert Client().get(f"/account/brand/{color}.css").status_code == 404


def test_profile_keeps_the_menu_of_the_only_workspace(workspace, owner):
    html = client_of(owner).get(reverse("account:profile")).content.decode()

    assert f'href="{url("settings", workspace)}"' in html


def test_profile_of_somebody_with_two_workspaces_lists_them(workspace, owner):
    second = create_workspace(owner=owner, name="Second place")

    html = client_of(owner).get(reverse("account:profile")).content.decode()

    assert "Your workspaces" in html
    assert f'href="{url("settings", second)}"' not in html
    assert reverse("dashboard:home", args=[second.slug]) in html


def test_workspaces_do_not_come_without_limit(db, monkeypatch):
    monkeypatch.setattr("accounts.views.account.WORKSPACES_A_DAY", 1)
    client = client_of(make_user("Dora"))
    values = {"name": "Zoë", "time_zone": "Europe/Berlin", "language": "en"}

    answers = [client.post(reverse("account:create_workspace"), values) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [302, 422]
    assert "Too many workspaces" in answers[1].content.decode()
    assert Workspace.objects.count() == 1
