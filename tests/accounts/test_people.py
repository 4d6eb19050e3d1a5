"""Members, roles and invitations."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.errors import AccountsError
from accounts.models import AuditEntry, Invitation, Membership, Role, User
from accounts.services import accept_invitation, change_role, find_invitation, invite_member, remove_member
from core.clock import now
from tests.cast import client_of, make_user


@pytest.fixture(autouse=True)
def _mail_and_limits(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()


@pytest.fixture
def invite(workspace, owner, mailoutbox):
    """Invite an address and give the path of the mailed link."""

    def send(email, role=Role.EDITOR):
        invite_member(workspace=workspace, email=email, role=role, invited_by=owner)
        return re.search(r"/account/invitations/\S+", mailoutbox[-1].body)[0]

    return send


def token_of(path):
    return path.strip("/").rpartition("/")[2]


def role_of(workspace, user):
    return Membership.objects.get(workspace=workspace, user=user).role


def test_invitation_is_mailed_once_and_says_who_invites(workspace, owner, mailoutbox, settings):
    answer = client_of(owner).post(
        reverse("accounts:people", args=[workspace.slug]), {"email": "Dora@Example.com", "role": "viewer"}
    )

    assert answer.status_code == 302
    assert len(mailoutbox) == 1
    assert mailoutbox[0].to == ["dora@example.com"]
    assert "Alice invites you to work in Kea Cabins. Your role: Viewer." in mailoutbox[0].body
    assert f"{settings.BASE_URL}/account/invitations/" in mailoutbox[0].body
    token = re.search(r"invitations/([^/\s]+)/", mailoutbox[0].body)[1]
    assert token.encode() not in bytes(Invitation.objects.get().token_hash)


def test_invited_newcomer_signs_up_without_confirming_again_and_joins(workspace, invite, mailoutbox):
    path = invite("dora@example.com", Role.VIEWER)
    client = Client()

    assert b"Make an account and join" in client.get(path).content
    to_signup = client.post(path, {"sign_up": "1"}).url
    answer = client.post(to_signup, {"name": "Dora", "email": "dora@example.com", "password1": "correct horse battery"})

    assert len(mailoutbox) == 1  # the invitation; no second mail to confirm the address
    assert answer.url == path
    client.post(path)
    assert role_of(workspace, User.objects.get(email="dora@example.com")) == Role.VIEWER
    assert AuditEntry.objects.filter(workspace=workspace, action="member.joined").count() == 1


def test_invitation_works_only_once(workspace, invite):
    path = invite("dora@example.com")
    dora = client_of(make_user("Dora"))

    assert dora.post(path).status_code == 302
    assert dora.post(path).status_code == 410
    assert dora.get(path).status_code == 410


def test_invitation_is_refused_to_another_address(workspace, stranger, invite):
    path = invite("dora@example.com")

    page = client_of(stranger).post(path, follow=True)

    assert b"This invitation is for dora@example.com" in page.content
    assert not Membership.objects.filter(workspace=workspace, user=stranger).exists()
    assert find_invitation(token_of(path)) is not None


def test_invitation_is_refused_to_an_address_nobody_confirmed(workspace, invite):
    path = invite("dora@example.com")
    dora = make_user("Dora")
    dora.emailaddress_set.update(verified=False)

    with pytest.raises(AccountsError):
        accept_invitation(token=token_of(path), user=dora)
    assert not Membership.objects.filter(user=dora).exists()


def test_invitation_expires_after_seven_days(workspace, invite, time_machine):
    path = invite("dora@example.com")

    time_machine.move_to(now() + dt.timedelta(days=7, minutes=1))

    assert Client().get(path).status_code == 410


def test_second_invitation_replaces_the_first(workspace, invite):
    first, second = invite("dora@example.com"), invite("DORA@example.com", Role.OWNER)

    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200


def test_withdrawn_invitation_does_not_work(workspace, owner, invite):
    path = invite("dora@example.com")
    invitation = Invitation.objects.get()

    client_of(owner).post(reverse("accounts:withdraw", args=[workspace.slug, invitation.public_id]))

    assert Client().get(path).status_code == 410


def test_inviting_a_member_is_refused_with_a_reason(workspace, owner, teammate, mailoutbox):
    page = client_of(owner).post(
        reverse("accounts:people", args=[workspace.slug]), {"email": "BOB@example.com", "role": "viewer"}
    )

    assert page.status_code == 422
    assert b"is a member already" in page.content
    assert mailoutbox == []


def test_accepting_never_lowers_a_role(workspace, owner, invite):
    path = invite("dora@example.com", Role.VIEWER)
    dora = make_user("Dora")
    Membership.objects.create(workspace=workspace, user=dora, role=Role.OWNER)

    accept_invitation(token=token_of(path), user=dora)

    assert role_of(workspace, dora) == Role.OWNER


@pytest.mark.parametrize("text", ["x", "ä", "a" * 300, "%00"])
def test_invitation_that_never_was_says_so(db, text):
    assert Client().get(f"/account/invitations/{text}/").status_code == 410


def test_role_is_changed_by_an_owner(workspace, owner, teammate):
    client_of(owner).post(reverse("accounts:role", args=[workspace.slug, teammate.public_id]), {"role": "viewer"})

    assert role_of(workspace, teammate) == Role.VIEWER
    assert AuditEntry.objects.get(workspace=workspace).detail == {"before": "editor", "after": "viewer"}


def test_unknown_role_changes_nothing(workspace, owner, teammate):
    client_of(owner).post(reverse("accounts:role", args=[workspace.slug, teammate.public_id]), {"role": "king"})

    assert role_of(workspace, teammate) == Role.EDITOR


@pytest.mark.parametrize("deed", ["role", "remove"])
def test_last_owner_stays_owner(workspace, owner, deed):
    page = client_of(owner).post(
        reverse(f"accounts:{deed}", args=[workspace.slug, owner.public_id]), {"role": "viewer"}, follow=True
    )

    assert b"A workspace needs an owner" in page.content
    assert role_of(workspace, owner) == Role.OWNER


def test_last_owner_cannot_leave(workspace, owner):
    client_of(owner).post(reverse("account:leave", args=[workspace.slug]))

    assert role_of(workspace, owner) == Role.OWNER


def test_one_of_two_owners_may_step_down(workspace, owner, teammate):
    bob = Membership.objects.get(user=teammate)
    change_role(membership=bob, role=Role.OWNER, actor=owner)

    change_role(membership=Membership.objects.get(user=owner), role=Role.EDITOR, actor=owner)

    assert role_of(workspace, owner) == Role.EDITOR
    with pytest.raises(AccountsError):
        remove_member(membership=bob, actor=teammate)


def test_removed_member_can_no_longer_open_the_workspace(workspace, owner, teammate):
    client_of(owner).post(reverse("accounts:remove", args=[workspace.slug, teammate.public_id]))

    assert client_of(teammate).get(reverse("accounts:settings", args=[workspace.slug])).status_code == 404


def test_viewer_leaves_by_themselves(workspace, owner, viewer):
    client_of(viewer).post(reverse("account:leave", args=[workspace.slug]))

    assert not Membership.objects.filter(user=viewer).exists()


def test_people_of_another_workspace_cannot_be_touched(workspace, owner, stranger):
    client = client_of(owner)

    for deed in ("role", "remove"):
        answer = client.post(reverse(f"accounts:{deed}", args=[workspace.slug, stranger.public_id]), {"role": "viewer"})
        assert answer.status_code == 404
    assert Membership.objects.get(user=stranger).role == Role.OWNER


def test_viewer_sees_people_but_no_way_to_change_them(workspace, viewer, owner):
    html = client_of(viewer).get(reverse("accounts:people", args=[workspace.slug])).content.decode()

    assert "Alice" in html
    assert reverse("accounts:role", args=[workspace.slug, owner.public_id]) not in html
    assert "Send the invitation" not in html


@pytest.mark.parametrize("count", [1, 20])
def test_people_take_the_same_queries_however_many(workspace, owner, count, django_assert_num_queries):
    for number in range(count):
        person = User.objects.create_user(f"person{number}@example.com", name=f"Person {number}")
        Membership.objects.create(workspace=workspace, user=person, role=Role.VIEWER)
    client = client_of(owner)

    with django_assert_num_queries(6):
        client.get(reverse("accounts:people", args=[workspace.slug]))


def test_invited_person_signs_up_where_sign_up_is_not_open(invite, settings, mailoutbox):
    settings.OPEN_SIGNUP = False
    path = invite("dora@example.com")
    client = Client()
    client.post(path)

    answer = client.post(
        reverse("account_signup"), {"name": "Dora", "email": "dora@example.com", "password1": "correct horse battery"}
    )

    assert answer.status_code == 302
    assert User.objects.filter(email="dora@example.com").exists()
