"""Who keeps the mailboxes of a domain: known by its name, or told by its mail servers. No database here.

A company's own domain does not tell by its name that Google or Microsoft keeps it, but its MX records do.
"""

from typing import Final

GOOGLE: Final = "google"
MICROSOFT: Final = "microsoft"
YAHOO: Final = "yahoo"
APPLE: Final = "apple"
UNITED_INTERNET: Final = "united_internet"
MAIL_RU: Final = "mail_ru"
YANDEX: Final = "yandex"
NOBODY_KNOWN: Final = ""

DOMAINS: Final[dict[str, tuple[str, ...]]] = {
    GOOGLE: ("gmail.com", "googlemail.com"),
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
# Names that these keepers tell their customers to publish as MX, and those of their own; everything below them too.
# A filter in front of a mailbox (Proofpoint, Mimecast …) has a name of its own and limits of its own: nobody known.
SERVERS: Final[dict[str, tuple[str, ...]]] = {
    GOOGLE: ("google.com", "googlemail.com"),
    MICROSOFT: ("protection.outlook.com", "mx.microsoft", "protection.office365.us"),
    YAHOO: ("yahoodns.net", "mail.yahoo.com"),
    APPLE: ("mail.icloud.com",),
    UNITED_INTERNET: ("gmx.net", "web.de", "mail.com"),
    MAIL_RU: ("mail.ru",),
    YANDEX: ("yandex.net", "yandex.ru"),
}

_KNOWN_BY_NAME = frozenset(domain for domains in DOMAINS.values() for domain in domains)
_KEEPER_OF_SERVER = {name: keeper for keeper, names in SERVERS.items() for name in names}


def keeper_of(domain: str, server: str) -> str:
    """Who keeps the mailboxes of a company's own `domain`, whose first mail server is `server`.

    NOBODY_KNOWN for every other server, and where the domain's name tells already.
    """
    if domain.lower() in _KNOWN_BY_NAME:
        return NOBODY_KNOWN
    labels = server.lower().rstrip(".").split(".")
    ends = (".".join(labels[start:]) for start in range(len(labels)))
    return next((_KEEPER_OF_SERVER[end] for end in ends if end in _KEEPER_OF_SERVER), NOBODY_KNOWN)
