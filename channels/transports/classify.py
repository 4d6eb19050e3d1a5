"""From an SMTP refusal to whose trouble it is. Rules are data, read from the top, first match wins.

A wrong "hard bounce" silences a living person for ever, so only codes that speak about the mailbox count
(RFC 3463 X.1.x and X.2.1), and everything about the sender's reputation, set-up or size is ours to mend.
"""

import re
from typing import NamedTuple

from channels.transports.outcomes import RefusalKind


class Verdict(NamedTuple):
    """`seconds` is how long to leave the recipient alone; 0 for refusals that are final."""

    kind: RefusalKind
    seconds: int


# Gmail 5.7.26-5.7.30 and Outlook 5.7.515 speak of the sender's DNS; 5.3.4 and 5.2.3 of the message's size,
# 5.1.7 and 5.1.8 of the sender's address, 5.5.x of our own commands, 5.6.x of the conversion we owe.
_PERMANENT_BY_ENHANCED: tuple[tuple[re.Pattern[str], RefusalKind], ...] = (
    (re.compile(r"5\.1\.(1|2|3|6|10)$"), RefusalKind.HARD_BOUNCE),
    (re.compile(r"5\.2\.1$"), RefusalKind.HARD_BOUNCE),
    (re.compile(r"5\.1\.(7|8)$"), RefusalKind.SENDER_FAULT),
    (re.compile(r"5\.(3\.4|2\.3)$"), RefusalKind.SENDER_FAULT),
    (re.compile(r"5\.[5-6]\.\d+$"), RefusalKind.SENDER_FAULT),
)
_CONTENT = re.compile(
    r"\b(spam|virus|malware|phish\w*|blocked content|content (was )?(rejected|refused)|message content|"
    r"prohibited (file|attachment)|unsolicited|banned (file|attachment)|url\w* (listed|blacklisted))\b",
    re.IGNORECASE,
)
# Words about the sender win over "user unknown" wording: block pages often quote both.
_SENDER = re.compile(
    r"\b(sender|spf|dkim|dmarc|authenticat\w+|unauthenticated|relay\w*|reputation|blacklist\w*|blocklist\w*|"
    r"black list|block list|dnsbl|rbl|spamhaus|policy|poor|banned|ptr|reverse dns|helo|not permitted|"
    r"client host|access denied|service refused|ip address)\b",
    re.IGNORECASE,
)
_NO_SUCH_USER = re.compile(
    r"(user|recipient|mailbox|account|address)[^.]{0,60}"
    r"(unknown|not found|not exist|no longer|invalid|disabled|inactive|rejected|unavailable|not available)|"
    r"(unknown|no such|invalid|bad|unrouteable|nonexistent)[^.]{0,30}"
    r"(user|recipient|mailbox|account|address|domain)|"
    r"no mailbox (here|by that name)|does ?n[o']t (exist|have)",
    re.IGNORECASE,
)
_TOO_FAST = re.compile(
    r"\b(rate|too many|too much|throttl\w*|limit\w*|slow down|deferred due|unusual|quota of messages|"
    r"try again later|temporarily deferred)\b",
    re.IGNORECASE,
)
_GREYLISTED = re.compile(r"\bgr[ea]y-?list\w*", re.IGNORECASE)

_GREYLIST_SECONDS = 6 * 60
_THROTTLED_SECONDS = 5 * 60
_MAILBOX_SECONDS = 60 * 60
_OTHER_SECONDS = 2 * 60


def classify_permanent(*, stage: str, code: int, enhanced: str, text: str) -> RefusalKind:
    """Kind of a 5xx reply. `stage` is MAIL, RCPT, DATA or dot; `enhanced` may be "" (RFC 2034)."""
    for pattern, kind in _PERMANENT_BY_ENHANCED:
        if pattern.match(enhanced):
            # At MAIL the address under discussion is the sender's own.
            return RefusalKind.SENDER_FAULT if stage == "MAIL" else kind
    if _CONTENT.search(text):
        return RefusalKind.CONTENT
    if stage == "MAIL" or enhanced.startswith("5.7."):
        return RefusalKind.SENDER_FAULT
    if enhanced.startswith(("5.2.", "5.4.")):
        return RefusalKind.OTHER
    return _without_enhanced(stage, code, text)


def _without_enhanced(stage: str, code: int, text: str) -> RefusalKind:
    if code in (550, 551, 553) and _NO_SUCH_USER.search(text) and not _SENDER.search(text):
        return RefusalKind.HARD_BOUNCE
    if code == 552 and stage != "RCPT":
        return RefusalKind.SENDER_FAULT
    if _SENDER.search(text) or code in (500, 501, 502, 503, 504, 530, 535, 555):
        return RefusalKind.SENDER_FAULT
    return RefusalKind.OTHER


def classify_transient(*, code: int, enhanced: str, text: str) -> Verdict:
    """Kind of a 4xx reply and the least time to wait before trying this recipient again."""
    if _GREYLISTED.search(text):
        return Verdict(RefusalKind.OTHER, _GREYLIST_SECONDS)
    if enhanced.startswith("4.2.") or (code == 452 and "mailbox" in text.lower()):
        return Verdict(RefusalKind.SOFT_BOUNCE, _MAILBOX_SECONDS)
    if code == 421 or enhanced.startswith("4.7.") or _TOO_FAST.search(text):
        return Verdict(RefusalKind.THROTTLED, _THROTTLED_SECONDS)
    return Verdict(RefusalKind.OTHER, _OTHER_SECONDS)
