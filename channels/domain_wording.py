"""What is said about records that are missing or wrong, and how to put it right."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROBLEMS: dict[str, Promise] = {
    "no_answer": _("The name server did not answer. Nothing has changed; try again later."),
    "spf_missing": _("There is no SPF record yet. Add the one below."),
    "spf_twice": _("There is more than one SPF record, so none counts. Keep one that holds the parts of all."),
    "spf_too_many": _("The record leads to more than ten others, and receivers give up. Take out what is not used."),
    "spf_all": _("The record lets everybody send for you. End it with ~all or -all instead."),
    "spf_without_us": _("The record does not let your mail server send. Add the missing part."),
    "dkim_missing": _("The key is not there yet. Add the record below; it can take some hours to show."),
    "dkim_twice": _("There are several records under this name, and receivers may read the wrong one. Keep one."),
    "dkim_other_key": _("There is another key under this name. Replace the value with the one below."),
    "dmarc_missing": _("There is no DMARC record yet. Add the one below; it changes nothing by itself."),
    "dmarc_twice": _("There is more than one DMARC record, so none counts. Keep one."),
    "dmarc_unreadable": _("Receivers cannot read the record. It has to begin with v=DMARC1; in just these letters."),
    "dmarc_no_policy": _("The record names no policy. It needs p=none, p=quarantine or p=reject."),
    "bounces_missing": _("The address for bounces does not exist yet. Add the record below."),
    "mail_nowhere": _(
        "The domain takes no mail, so nobody can answer you, and some receivers refuse what comes from it."
        " Add an MX record, or send from a domain that has one."
    ),
    "mail_refused": _(
        "The domain says that it takes no mail, and receivers refuse what comes from such a domain. Put"
        " a mail server in place of the empty MX record, or send from another domain."
    ),
    "owner_missing": _("The TXT record is not there yet. Add it; it can take some hours to show."),
    "owner_other": _("There is a TXT record under this name, but with other words. Replace them with ours."),
    "way_missing": _("The name does not lead anywhere yet. Add the CNAME record."),
    "way_elsewhere": _("The name leads to another server. Replace its records with the one below."),
    "host_taken": _("Another workspace on this server uses this name. Remove it there first."),
    "bounces_elsewhere": _("Mail to this address goes to another server. Replace its records with the one below."),
}


def problem_words(code: str) -> Promise | str:
    """Words for a stored problem code."""
    return PROBLEMS.get(code, "")
