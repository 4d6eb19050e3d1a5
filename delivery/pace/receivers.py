"""Who runs the mailboxes behind an address: receivers count and judge senders across all of their domains.

Numbers are stored in delivery_message.receiver and never change their meaning; 0 are all others. A company whose own
domain is kept by one of them counts as 0: its name does not tell.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OTHERS, GMAIL, MICROSOFT, YAHOO, APPLE, UNITED_INTERNET, MAIL_RU, YANDEX = range(8)
# Of a slowdown only: the provider that all of a sender's mail leaves through asked for less.
EVERYBODY = -1

DOMAINS: dict[int, tuple[str, ...]] = {
    GMAIL: ("gmail.com", "googlemail.com"),
    MICROSOFT: (
        "outlook.com", "hotmail.com", "live.com", "msn.com", "passport.com", "outlook.de", "outlook.fr", "outlook.es",
        "outlook.it", "outlook.jp", "outlook.co.nz", "outlook.com.au", "outlook.com.br", "outlook.sa", "hotmail.de",
        "hotmail.fr", "hotmail.es", "hotmail.it", "hotmail.co.uk", "hotmail.co.nz", "hotmail.com.au",
        "hotmail.com.br", "hotmail.nl", "hotmail.be", "hotmail.se", "hotmail.dk", "hotmail.no", "hotmail.co.jp",
        "live.de", "live.fr", "live.it", "live.nl", "live.be", "live.se", "live.dk", "live.no", "live.ca",
        "live.co.uk", "live.com.au", "windowslive.com",
    ),
    YAHOO: (
        "yahoo.com", "ymail.com", "rocketmail.com", "myyahoo.com", "aol.com", "aim.com", "aol.de", "aol.co.uk",
        "aol.fr", "netscape.net", "verizon.net", "yahoo.de", "yahoo.fr", "yahoo.es", "yahoo.it", "yahoo.ie",
        "yahoo.se", "yahoo.no", "yahoo.dk", "yahoo.nl", "yahoo.pl", "yahoo.gr", "yahoo.ro", "yahoo.ca", "yahoo.in",
        "yahoo.co.uk", "yahoo.co.in", "yahoo.co.id", "yahoo.co.nz", "yahoo.co.za", "yahoo.co.th", "yahoo.com.au",
        "yahoo.com.br", "yahoo.com.ar", "yahoo.com.mx", "yahoo.com.sg", "yahoo.com.hk", "yahoo.com.tw",
        "yahoo.com.ph", "yahoo.com.my", "yahoo.com.vn", "yahoo.com.tr",
    ),
    APPLE: ("icloud.com", "me.com", "mac.com"),
    UNITED_INTERNET: (
        "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "gmx.org", "gmx.eu", "gmx.fr", "gmx.co.uk", "web.de",
        "mail.com", "email.de",
    ),
    MAIL_RU: ("mail.ru", "inbox.ru", "list.ru", "bk.ru", "internet.ru"),
    YANDEX: ("yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "ya.ru", "narod.ru"),
}  # fmt: skip

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
    """The number of the receiver behind an e-mail address."""
    return _RECEIVER_OF.get(address.rpartition("@")[2].lower(), OTHERS)


def receiver_key(receiver: int) -> str:
    """What programs call the receiver, or whoever slows down mail to all of them."""
    return "provider" if receiver == EVERYBODY else KEYS[receiver]


def receiver_label(receiver: int) -> Promise:
    """What people call the receiver, or whoever slows down mail to all of them."""
    if receiver == EVERYBODY:
        return _("The provider that your mail leaves through")
    return LABELS.get(receiver, LABELS[OTHERS])


def receiver_sql(domain: str) -> str:
    """The same as an SQL expression over a lower-case domain, itself an expression written by code."""
    cases = " ".join(
        f"WHEN {domain} IN ({', '.join(repr(name) for name in names)}) THEN {receiver}"
        for receiver, names in DOMAINS.items()
    )
    return f"(CASE {cases} ELSE {OTHERS} END)::smallint"
