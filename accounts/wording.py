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
    "topic.created": _("Made a topic"),
    "topic.changed": _("Changed a topic"),
    "topic.deleted": _("Deleted a topic"),
    "signup_page.created": _("Made a sign-up page"),
    "signup_page.changed": _("Changed a sign-up page"),
    "suppression.added": _("Blocked addresses"),
    "suppression.lifted": _("Unblocked an address"),
    "consent_settings.changed": _("Changed how opens and clicks are counted"),
    "attribute.saved": _("Saved an attribute"),
    "attribute.deleted": _("Deleted an attribute"),
    "contact.tagged": _("Tagged contacts"),
    "contact.erased": _("Erased contacts"),
    "import.started": _("Started an import"),
    "import.stopped": _("Stopped an import"),
    "import.undone": _("Undid an import"),
    "template.deleted": _("Deleted a template"),
    "sender.added": _("Added a sender"),
    "sender.changed": _("Changed a sender"),
    "sender.verified": _("A sender’s mailbox was confirmed"),
    "sender.removed": _("Removed a sender"),
    "campaign.scheduled": _("Scheduled a campaign"),
    "campaign.unscheduled": _("Took a campaign off the schedule"),
    "campaign.tested": _("Sent a test of a campaign"),
    "campaign.paused": _("Paused a campaign"),
    "campaign.resumed": _("Resumed a campaign"),
    "campaign.cancelled": _("Cancelled a campaign"),
    "campaign.sent_to_unknown": _("Sent again where it is unknown whether a message arrived"),
    "campaign.deleted": _("Deleted a campaign"),
    "segment.created": _("Made a segment"),
    "segment.changed": _("Changed a segment"),
    "segment.deleted": _("Deleted a segment"),
}


def wording(action: str) -> str:
    """An action (`noun.past_verb`) as people say it; one that is not listed here by its own name."""
    return str(ACTIONS.get(action) or action.replace(".", ": ").replace("_", " "))
