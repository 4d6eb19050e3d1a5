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


# 5.7.20-5.7.30 (RFC 7372, 7505), Gmail's 5.7.31, 5.7.32 and 5.7.40 and Microsoft's 5.7.5xx to 5.7.7xx speak of the
# sender's DNS, address and reputation, whatever word for spam stands beside; others of 5.7 go by their words. 5.3.4 and
# 5.2.3 are about the message's size, 5.1.7 and 5.1.8 about the sender's address, 5.4.5 about our own quota, 5.5.x about
# our own commands, 5.6.x about the conversion we owe.
_PERMANENT_BY_ENHANCED: tuple[tuple[re.Pattern[str], RefusalKind], ...] = (
    (re.compile(r"5\.1\.(1|2|3|6|10)$"), RefusalKind.HARD_BOUNCE),
    (re.compile(r"5\.2\.1$"), RefusalKind.HARD_BOUNCE),
    (re.compile(r"5\.2\.2$"), RefusalKind.SOFT_BOUNCE),
    (re.compile(r"5\.1\.(7|8)$"), RefusalKind.SENDER_FAULT),
    (re.compile(r"5\.(3\.4|2\.3|4\.5)$"), RefusalKind.SENDER_FAULT),
    (re.compile(r"5\.[5-6]\.\d+$"), RefusalKind.SENDER_FAULT),
    (re.compile(r"5\.7\.(2[0-9]|3[0-2]|40|[5-7]\d\d)$"), RefusalKind.SENDER_FAULT),
)
# Codes that some provider gives a meaning of its own, told from the standard one by the words beside them.
# Outlook.com: 5.5.0 for an unknown mailbox. Exchange Online: 5.4.1 from the directory check at its edge, and groups
# that only take mail from inside (5.7.124, 5.7.133 …, RESOLVER.RST), which is nobody's fault. Yandex: 5.7.1 for an
# unknown mailbox. Gmail: 5.2.1 for somebody who gets more mail than one mailbox may.
_PERMANENT_BY_WORDS: tuple[tuple[re.Pattern[str], re.Pattern[str], RefusalKind], ...] = (
    (re.compile(r"5\.5\.0$"), re.compile(r"mailbox unavailable", re.I), RefusalKind.HARD_BOUNCE),
    (re.compile(r"5\.4\.1$"), re.compile(r"recipient address rejected: access denied", re.I), RefusalKind.HARD_BOUNCE),
    (re.compile(r"5\.7\.1$"), re.compile(r"^\W*no such user\b", re.I), RefusalKind.HARD_BOUNCE),
    (re.compile(r"5\.7\.(12|124|129|13[0-9])$"), re.compile(""), RefusalKind.OTHER),
    (re.compile(r"5\.7\.\d+$"), re.compile(r"RESOLVER\.RST|TRANSPORT\.RULES|not accept(ing)? (mail|messages) from "
        r"(anyone )?outside|restricted (group|recipient)", re.I), RefusalKind.OTHER),
    (re.compile(r"5\.2\.1$"), re.compile(r"\brate\b|too (much|many|quickly)", re.I), RefusalKind.SOFT_BOUNCE),
    (re.compile(r"5\.1\.\d+$"), re.compile(r"relay\w* (access )?(denied|not)|spamhaus|block ?list|black ?list|\brbl\b|"
        r"reputation|\bspf\b|\bdkim\b|\bdmarc\b|\bbanned\b|access denied|"
        r"unauthenticated|reverse dns", re.I), RefusalKind.SENDER_FAULT),
)  # fmt: skip
# Servers that look at MAIL only after RCPT say so then, and some with the recipient's own code.
_ABOUT_THE_SENDER = re.compile(
    r"\bsender('s)? (e-?mail |envelope )?"
    r"(address|domain|verif\w*|id|host|is|was|not|unknown|rejected|denied|blocked)\b|"
    r"\b(envelope[- ]from|mail from|return[- ]path|from address)\b",
    re.IGNORECASE,
)
_MAILBOX_FULL = re.compile(
    r"(mailbox|account|user|recipient|quota)[^.]{0,40}\b(full|over ?quota|quota exceeded|exceed\w*|storage)\b|"
    r"\b(over|exceed\w*)[^.]{0,20}\b(quota|storage)\b|\bquota (is )?(full|exceeded)\b",
    re.IGNORECASE,
)
_CONTENT = re.compile(
    r"\b(spam|virus|malware|phish\w*|blocked content|content (was )?(rejected|refused)|message content|"
    r"content denied|security issue|prohibited (file|attachment)|unsolicited|banned (file|attachment)|"
    r"url\w* (listed|blacklisted))\b",
    re.IGNORECASE,
)
# Words about the sender win over "user unknown" wording: block pages often quote both.
_SENDER = re.compile(
    r"\b(sender|spf|dkim|dmarc|authenticat\w+|unauthenticated|relay\w*|reputation|blacklist\w*|blocklist\w*|"
    r"black list|block list|dnsbl|rbl|spamhaus|spamcop|polic(y|ies)|poor|banned|ptr|reverse dns|helo|not permitted|"
    r"client host|access denied|service refused|ip address)\b",
    re.IGNORECASE,
)
_NO_SUCH_USER = re.compile(
    r"(user|recipient|mailbox|account|address)[^.]{0,60}"
    r"(unknown|not found|not exist|no longer|invalid|disabled|inactive|rejected|unavailable|not available)|"
    r"(unknown|no such|invalid|bad|unrouteable|nonexistent)[^.]{0,30}"
    r"(user|recipient|mailbox|account|address|domain)|"
    r"no mailbox (here|by that name)|does ?n[o']t (exist|have)|addressee unknown|"
    r"no longer (on (our )?server|available|valid|in use)|(person|employee)[^.]{0,30}no longer",
    re.IGNORECASE,
)
_UNKNOWN_USER = re.compile(r"\b(user|recipient|mailbox|account)\b[^.]{0,20}\b(unknown|not found|not exist)", re.I)
_NO_ACCOUNT = re.compile(r"(does ?n[o']t have an?|no such|unknown) [\w.-]* ?(account|user)\b", re.I)
_TOO_FAST = re.compile(
    r"\b(rate|too many|too much|throttl\w*|limit\w*|slow down|deferred due|unusual|quota of messages|"
    r"try again later|temporarily deferred|tss?\d\d|excessive|frequency limited|server busy)\b",
    re.IGNORECASE,
)
_GREYLISTED = re.compile(r"\bgr[ea]y-?list\w*", re.IGNORECASE)

_GREYLIST_SECONDS = 6 * 60
_THROTTLED_SECONDS = 5 * 60
_MAILBOX_SECONDS = 60 * 60
_OTHER_SECONDS = 2 * 60


def classify_permanent(*, stage: str, code: int, enhanced: str, text: str) -> RefusalKind:
    """Kind of a 5xx reply. `stage` is MAIL, RCPT, DATA or dot; `enhanced` may be "" (RFC 2034)."""
    kind = _by_enhanced(enhanced, text)
    if kind is not None:
        # At MAIL the address under discussion is the sender's own.
        return RefusalKind.SENDER_FAULT if stage == "MAIL" else kind
    if _CONTENT.search(text):
        return RefusalKind.CONTENT
    if stage == "MAIL" or enhanced.startswith("5.7."):
        return RefusalKind.SENDER_FAULT
    if enhanced.startswith(("5.2.", "5.4.")):
        return RefusalKind.OTHER
    return _without_enhanced(stage, code, text)


def _by_enhanced(enhanced: str, text: str) -> RefusalKind | None:
    if enhanced.startswith("5.1.") and _ABOUT_THE_SENDER.search(text):
        return RefusalKind.SENDER_FAULT
    for pattern, words, kind in _PERMANENT_BY_WORDS:
        if pattern.match(enhanced) and words.search(text) and not _is_plain_no(kind, text):
            return kind
    return next((kind for pattern, kind in _PERMANENT_BY_ENHANCED if pattern.match(enhanced)), None)


def _is_plain_no(kind: RefusalKind, text: str) -> bool:
    """A refusal that names the mailbox as unknown, whatever list it also mentions (5.1.x says so too)."""
    return kind == RefusalKind.SENDER_FAULT and bool(_UNKNOWN_USER.search(text))


def _without_enhanced(stage: str, code: int, text: str) -> RefusalKind:
    if code in (550, 551, 553) and _NO_SUCH_USER.search(text) and not _SENDER.search(text):
        return RefusalKind.HARD_BOUNCE
    if code == 554 and _NO_ACCOUNT.search(text) and not _SENDER.search(text):
        return RefusalKind.HARD_BOUNCE
    if _MAILBOX_FULL.search(text):
        return RefusalKind.SOFT_BOUNCE
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
    # A server that goes down or has lost its way (4.3.x, 4.4.x) says 421 too, and means nobody in particular.
    is_down = enhanced.startswith(("4.3.", "4.4."))
    if (code == 421 and not is_down) or enhanced.startswith("4.7.") or _TOO_FAST.search(text):
        return Verdict(RefusalKind.THROTTLED, _THROTTLED_SECONDS)
    return Verdict(RefusalKind.OTHER, _OTHER_SECONDS)
