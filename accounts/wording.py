"""What the entries of the audit log say in words."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "workspace.created": _("Made the workspace"),
    "workspace.changed": _("Changed the settings"),
    "member.invited": _("Invited somebody"),
    "member.invitation_withdrawn": _("Withdrew an invitation"),
    "member.joined": _("Joined"),
    "member.left": _("Left"),
    "member.removed": _("Removed a member"),
    "member.role_changed": _("Changed a role"),
    "api_key.created": _("Made an API key"),
    "api_key.revoked": _("Revoked an API key"),
    "segment.created": _("Made a segment"),
    "segment.changed": _("Changed a segment"),
    "segment.deleted": _("Deleted a segment"),
}


def wording(action: str) -> str:
    """An action (`noun.past_verb`) as people say it; one that is not listed here by its own name."""
    return str(ACTIONS.get(action) or action.replace(".", ": ").replace("_", " "))
