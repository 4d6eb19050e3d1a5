"""Why a message was not sent: the codes stored on its row and the words people read."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABELS: dict[str, Promise] = {
    "no_address": _("No e-mail address"),
    "address_invalid": _("Address does not work"),
    "no_consent": _("Never agreed to this topic"),
    "consent_pending": _("Has not confirmed yet"),
    "consent_denied": _("Said no"),
    "consent_withdrawn": _("Withdrew agreement"),
    "consent_expired": _("Agreement ran out"),
    "suppressed_hard_bounce": _("Address bounced before"),
    "suppressed_complaint": _("Complained before"),
    "suppressed_unsubscribe": _("Unsubscribed from everything"),
    "suppressed_manual": _("Put on the do-not-send list"),
    "suppressed_legal": _("Must not be written to"),
    "suppressed_invalid": _("Address is not valid"),
    "suppressed_domain": _("Whole domain is on the do-not-send list"),
    "erased": _("Was erased"),
    "merged": _("Gets it already: two contacts were one person"),
    "restricted": _("Asked that their data is not used"),
    "paused": _("Takes a break from messages"),
    "frequency_chosen": _("Had a message already and asked for fewer"),
    "frequency_capped": _("Had as many messages lately as your rule allows"),
    "frequency_outranked": _("A more important campaign comes first"),
    "held_out": _("Kept back to see what the campaign changes"),
    "too_late": _("Its time had passed"),
    "address_changed": _("Address changed since the start"),
    "render_failed": _("The message could not be written for this person"),
    "too_large": _("The message is too large for their server"),
    "hard_bounce": _("Mailbox does not exist"),
    "refused": _("Their server refused the message"),
    "sender_fault": _("Their server does not accept this sender"),
    "gave_up": _("Their server put us off too many times"),
    "no_reply": _("The server went quiet after the text"),
    "owner_lost": _("The sending process stopped midway"),
    "restored": _("Still waiting when the backup was made; perhaps it was sent after that"),
    "sent_again": _("Perhaps arrived; a second copy was asked for"),
    "not_attempted": _("The campaign ended before it could be sent"),
    "cancelled": _("The campaign was stopped"),
}


def reason_label(code: str) -> Promise | str:
    """Words for a stored reason code; an unknown code reads as itself with spaces."""
    return LABELS.get(code) or code.replace("_", " ")
