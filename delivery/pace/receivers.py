"""Who runs the mailboxes behind an address: receivers count and judge senders across all of their domains.

Numbers are stored in delivery_message.receiver and never change their meaning; 0 are all others. A company's own
domain counts to whom its mail servers belong, as far as they were looked up (contacts.services.mail_domains).
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.validity import keepers

OTHERS, GMAIL, MICROSOFT, YAHOO, APPLE, UNITED_INTERNET, MAIL_RU, YANDEX = range(8)
# Of a slowdown only: the provider that all of a sender's mail leaves through asked for less.
EVERYBODY = -1

KEPT_BY: dict[str, int] = {
    keepers.GOOGLE: GMAIL,
    keepers.MICROSOFT: MICROSOFT,
    keepers.YAHOO: YAHOO,
    keepers.APPLE: APPLE,
    keepers.UNITED_INTERNET: UNITED_INTERNET,
    keepers.MAIL_RU: MAIL_RU,
    keepers.YANDEX: YANDEX,
}
DOMAINS: dict[int, tuple[str, ...]] = {receiver: keepers.DOMAINS[keeper] for keeper, receiver in KEPT_BY.items()}

LABELS: dict[int, Promise] = {
    GMAIL: _("Gmail"),
    MICROSOFT: _("Outlook and Hotmail"),
    YAHOO: _("Yahoo and AOL"),
    APPLE: _("iCloud"),
    UNITED_INTERNET: _("GMX and WEB.DE"),
    MAIL_RU: _("Mail.ru"),
    YANDEX: _("Yandex"),
    OTHERS: _("All other mailboxes"),
}

# What programs call them.
KEYS: dict[int, str] = {
    GMAIL: "gmail",
    MICROSOFT: "microsoft",
    YAHOO: "yahoo",
    APPLE: "apple",
    UNITED_INTERNET: "united_internet",
    MAIL_RU: "mail_ru",
    YANDEX: "yandex",
    OTHERS: "others",
}

_RECEIVER_OF = {domain: receiver for receiver, domains in DOMAINS.items() for domain in domains}


def receiver_of(address: str) -> int:
    """The number of the receiver behind an e-mail address, as far as its name tells."""
    return _RECEIVER_OF.get(address.rpartition("@")[2].lower(), OTHERS)


def receiver_key(receiver: int) -> str:
    """What programs call the receiver, or whoever slows down mail to all of them."""
    return "provider" if receiver == EVERYBODY else KEYS[receiver]


def receiver_label(receiver: int) -> Promise:
    """What people call the receiver, or whoever slows down mail to all of them."""
    if receiver == EVERYBODY:
        return _("The provider that your mail leaves through")
    return LABELS.get(receiver, LABELS[OTHERS])


def receiver_sql(domain: str, keeper: str) -> str:
    """The same as an SQL expression over a lower-case domain and its keeper (`kept_join`), expressions of code."""
    by_name = " ".join(
        f"WHEN {domain} IN ({', '.join(repr(name) for name in names)}) THEN {receiver}"
        for receiver, names in DOMAINS.items()
    )
    by_keeper = " ".join(f"WHEN {keeper} = {name!r} THEN {receiver}" for name, receiver in KEPT_BY.items())
    return f"(CASE {by_name} WHEN {keeper} IS NULL THEN {OTHERS} {by_keeper} ELSE {OTHERS} END)::smallint"


def kept_join(domain: str, alias: str) -> str:
    """The join that finds who keeps a domain, as `alias`.keeper; null for most. It reads a small index only."""
    return f"LEFT JOIN contacts_maildomain {alias} ON {alias}.domain = {domain} AND {alias}.keeper > ''"
