"""Use cases of people and workspaces."""

from accounts.services.api_keys import create_api_key, find_api_key, hash_secret, revoke_api_key
from accounts.services.audit import forget_in_audit, record_audit
from accounts.services.idempotency import forget_in_answers
from accounts.services.invitations import accept_invitation, find_invitation, invite_member, withdraw_invitation
from accounts.services.members import change_role, leave_workspace, remove_member
from accounts.services.profile import change_profile
from accounts.services.workspaces import change_workspace, create_workspace

__all__ = [
    "accept_invitation",
    "change_profile",
    "change_role",
    "change_workspace",
    "create_api_key",
    "create_workspace",
    "find_api_key",
    "find_invitation",
    "forget_in_answers",
    "forget_in_audit",
    "hash_secret",
    "invite_member",
    "leave_workspace",
    "record_audit",
    "remove_member",
    "revoke_api_key",
    "withdraw_invitation",
]
