"""Invitations by mail: the link carries the only copy of a random token, works once and for seven days."""

import datetime as dt
import hashlib
import secrets

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.errors import AccountsError
from accounts.models import Invitation, Membership, User, Workspace
from accounts.services.audit import record_audit
from core.clock import now

VALID_FOR = dt.timedelta(days=7)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@transaction.atomic
def invite_member(*, workspace: Workspace, email: str, role: str, invited_by: User) -> Invitation:
    """Mail an invitation to `email`; an earlier open one to the same address stops working.

    Raises AccountsError when somebody with that address is a member already.
    """
    email = email.strip().lower()
    # Two presses at once: the second waits here, then ends the first one's invitation like any earlier one.
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    if Membership.objects.filter(workspace=workspace, user__email__iexact=email).exists():
        raise AccountsError(
            _("%(email)s is a member already. You can change their role in the list.") % {"email": email}
        )
    Invitation.objects.in_workspace(workspace).open().filter(email__iexact=email).update(expires_at=now())
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        workspace=workspace,
        email=email,
        role=role,
        token_hash=_digest(token),
        invited_by=invited_by,
        expires_at=now() + VALID_FOR,
    )
    record_audit(
        workspace=workspace, actor=invited_by, action="member.invited", target=email, detail={"role": str(role)}
    )
    url = settings.BASE_URL + reverse("account:invitation", args=[token])
    context = {"workspace": workspace, "invitation": invitation, "inviter": invited_by, "invitation_url": url}
    get_adapter().send_mail("account/email/invitation", email, context)
    return invitation


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, actor: User) -> None:
    """Stop an open invitation from working."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(expires_at=now())
    record_audit(
        workspace=invitation.workspace, actor=actor, action="member.invitation_withdrawn", target=invitation.email
    )


def find_invitation(token: str) -> Invitation | None:
    """The open invitation of this link, or None when it was used, withdrawn, has expired or never was."""
    invitations = Invitation.objects.open().select_related("workspace", "invited_by")
    return invitations.filter(token_hash=_digest(token)).first()


@transaction.atomic
def accept_invitation(*, token: str, user: User) -> Workspace:
    """Make `user` a member, once. Raises AccountsError when the link does not work or was for another address.

    Two presses at once: the row is locked, the second finds it used. A member's own role is never lowered.
    """
    invitation = Invitation.objects.select_for_update(of=("self",)).open().filter(token_hash=_digest(token)).first()
    if invitation is None:
        raise AccountsError(_("This invitation does not work any more. Ask for a new one."))
    if not EmailAddress.objects.filter(user=user, email__iexact=invitation.email, verified=True).exists():
        raise AccountsError(
            _("This invitation is for %(email)s. Sign in with that address to join.") % {"email": invitation.email}
        )
    workspace = invitation.workspace
    Membership.objects.get_or_create(workspace=workspace, user=user, defaults={"role": invitation.role})
    invitation.accepted_at = now()
    invitation.save(update_fields=["accepted_at"])
    record_audit(
        workspace=workspace, actor=user, action="member.joined", target=str(user), detail={"role": invitation.role}
    )
    return workspace
