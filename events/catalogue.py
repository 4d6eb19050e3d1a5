"""Every kind of event Rapport itself records; docs/events.md says the same in words (a test compares)."""

from django.utils.translation import gettext_lazy as _

BUILT_IN = {
    "contact.created": _("Added as a contact"),
    "contact.updated": _("Details changed"),
    "contact.erased": _("Erased"),
    "contact.imported": _("Came with an import"),
    "contact.merged": _("Became one with another contact"),
    "contact.unmerged": _("A merge was taken back"),
    "contact.restricted": _("Data kept but no longer used"),
    "contact.restriction_lifted": _("Data used again"),
    "contact.asked_for_rights": _("Asked about their own data"),
    "contact.address_change_requested": _("Gave a new e-mail address"),
    "consent.requested": _("Asked to confirm by e-mail"),
    "consent.granted": _("Agreed"),
    "consent.withdrawn": _("Withdrew agreement"),
    "consent.expired": _("Agreement ran out"),
    "consent.reason_given": _("Said why they left"),
    "consent.preferences_changed": _("Changed how they want to be written to"),
    "consent.code_requested": _("Asked for a code to see their data"),
    "consent.link_requested": _("Somebody asked for the link to their page"),
    "campaign.launched": _("Campaign started"),
    "campaign.finished": _("Campaign finished"),
    "campaign.approval_asked": _("A second person’s yes was asked for"),
    "campaign.approval_refused": _("Somebody said no to a campaign"),
    "campaign.approved": _("Somebody said yes to a campaign"),
    "campaign.paused": _("Campaign paused"),
    "campaign.version_chosen": _("A version of a campaign goes to the rest"),
    "dispatch.paused": _("Sending paused"),
    "dispatch.finished": _("Sending finished"),
    "dispatch.resent_unknown": _("Unknown messages sent again on request"),
    "message.opened": _("Opened a message"),
    "message.clicked": _("Clicked in a message"),
    "message.bounced": _("Message bounced"),
    "message.complained": _("Complained about a message"),
    "message.unsubscribed": _("Unsubscribed"),
    "segment.entered": _("Joined a segment"),
    "segment.left": _("Left a segment"),
    "flow.started": _("Began to answer"),
    "flow.step_completed": _("Answered a step"),
    "flow.completed": _("Answered to the end"),
    "flow.abandoned": _("Left before the end"),
    "contest.entered": _("Entered a contest"),
    "contest.entry_verified": _("Their entry counts"),
    "contest.drawn": _("A contest was drawn"),
    "sender.verification_requested": _("Sender asked to verify an address"),
    "invitation.created": _("Teammate invited"),
}


def words_for(kind: str) -> str:
    """What a kind of event is called in the reader's language; one of the workspace's own is its name, as words."""
    known = BUILT_IN.get(kind)
    return str(known) if known else kind.replace(".", " ").replace("_", " ").capitalize()


# Names that the outside may not use for its own events: the parts before the dot are ours.
RESERVED_PREFIXES = frozenset(name.split(".")[0] + "." for name in BUILT_IN)
