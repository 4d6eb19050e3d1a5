"""What somebody can do about a message that did not arrive, by the code of the reason."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_CONSENT = _("Ask them whether they want it, for instance with a form. Only they can agree.")
_ADDRESS = _("Ask them for an address that works, and change it on their page.")
_STOP = _("Respect it. Only they can take it back, on their own preferences page.")

ADVICE: dict[str, Promise] = {
    "sent": _("If they do not see it, have them look in spam and in other folders, or search for the sender’s name."),
    "bounced": _ADDRESS,
    "no_address": _("Add an e-mail address on their page."),
    "address_invalid": _ADDRESS,
    "hard_bounce": _ADDRESS,
    "suppressed_hard_bounce": _ADDRESS,
    "suppressed_invalid": _ADDRESS,
    "no_consent": _CONSENT,
    "consent_expired": _CONSENT,
    "consent_pending": _("They have to press the link in the mail that asked them to confirm."),
    "consent_denied": _STOP,
    "consent_withdrawn": _STOP,
    "suppressed_complaint": _STOP,
    "suppressed_unsubscribe": _STOP,
    "suppressed_legal": _STOP,
    "restricted": _STOP,
    "suppressed_manual": _("Somebody here put them on the do-not-send list. Take them off if that was a mistake."),
    "suppressed_domain": _("Somebody here put their whole domain on the do-not-send list."),
    "paused": _("Their break ends by itself."),
    "frequency_chosen": _(
        "They asked for fewer messages. Let the campaign try again for some days, if it may come later."
    ),
    "frequency_capped": _("Let the campaign try again for some days, or change the rule in the settings."),
    "frequency_outranked": _("Make this campaign more important, or let it try again for some days."),
    "held_out": _("They are kept back by chance, so that you can see what the campaign changes. Nothing is wrong."),
    "too_late": _("Send it again to the people it came too late for, if it still makes sense."),
    "address_changed": _("The next campaign goes to their new address."),
    "render_failed": _("Look at the preview as this person, and mend the field that does not fit."),
    "too_large": _("Make the message smaller, above all its pictures."),
    "refused": _("Their server’s words say why. Often it is a full mailbox or a filter; the next one may pass."),
    "sender_fault": _("Look at your sender’s domain: SPF, DKIM and DMARC have to be right."),
    "gave_up": _("Their server put us off for hours. The next campaign tries again."),
    "no_reply": _("You can send once more to the unknown from the report; some may get it twice."),
    "owner_lost": _("You can send once more to the unknown from the report; some may get it twice."),
    "merged": _("They got it once, under the contact that was kept."),
    "added_later": _("Write to them with the next campaign, or send this one again to people who joined since."),
    "not_in_segment": _("Look whether the segment says what you mean."),
    "paused_campaign": _("Press “Go on” in the report, and it continues."),
}


def advice_for(code: str) -> str:
    """What to do; empty where there is nothing to do or nothing known."""
    return str(ADVICE.get(code, ""))
