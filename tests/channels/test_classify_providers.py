"""What real servers answer, and whose trouble each answer is. A wrong "hard" silences somebody for ever."""

import pytest

from channels.transports.classify import classify_permanent, classify_transient
from channels.transports.outcomes import RefusalKind

HARD, SOFT, SENDER = RefusalKind.HARD_BOUNCE, RefusalKind.SOFT_BOUNCE, RefusalKind.SENDER_FAULT
CONTENT, OTHER, THROTTLED = RefusalKind.CONTENT, RefusalKind.OTHER, RefusalKind.THROTTLED

FINAL: dict[str, list[tuple[str, RefusalKind]]] = {
    "Gmail": [
        ("550 5.1.1 The email account that you tried to reach does not exist. Please check for typos", HARD),
        ("550 5.2.1 The email account that you tried to reach is disabled", HARD),
        ("550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more", SOFT),
        ("552 5.2.2 The recipient's inbox is out of storage space", SOFT),
        ("552 5.2.3 Your message exceeded the size limits", SENDER),
        ("550 5.4.5 Daily user sending limit exceeded", SENDER),
        ("550 5.7.1 This message is likely unsolicited mail", CONTENT),
        ("552 5.7.0 This message was blocked because its content presents a potential security issue", CONTENT),
        ("550 5.7.25 The sending IP address does not have a PTR record", SENDER),
        ("550 5.7.26 Your email has been blocked because the sender is unauthenticated", SENDER),
        ("550 5.7.27 The SPF authentication didn't pass", SENDER),
        ("550 5.7.28 An unusual rate of unsolicited mail comes from your address", SENDER),
        ("550 5.7.29 The message wasn't sent over TLS", SENDER),
        ("550 5.7.30 The DKIM authentication didn't pass", SENDER),
        ("553 5.1.3 The recipient address is not a valid RFC 5321 address", HARD),
    ],
    "Outlook.com and Exchange Online": [
        ("550 5.5.0 Requested action not taken: mailbox unavailable", HARD),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", HARD),
        ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", HARD),
        ("550 5.4.1 All recipient addresses rejected", OTHER),
        ("550 5.7.509 Access denied, sending domain does not pass DMARC verification", SENDER),
        ("550 5.7.511 Access denied, banned sender", SENDER),
        ("550 5.7.515 Access denied, sending domain does not meet the required authentication level", SENDER),
        ("550 5.7.606 Access denied, banned sending IP", SENDER),
        ("550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP", SENDER),
        ("550 5.7.1 Service unavailable, Client host blocked using Spamhaus", SENDER),
        ("550 5.7.1 RESOLVER.RST.AuthRequired; authentication required", OTHER),
        ("550 5.7.133 Sender not authenticated for group", OTHER),
        ("550 5.7.124 Sender not in allowed-senders list", OTHER),
        ("550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy", OTHER),
        ("552 5.2.2 Submission quota exceeded; mailbox full", SOFT),
        ("554 5.2.2 Mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", SOFT),
        ("550 5.7.1 Messages from your address weren't sent: your network is on our block list", SENDER),
    ],
    "Yahoo and AOL": [
        ("554 delivery error: dd This user doesn't have a yahoo.com account", HARD),
        ("552 5.1.1 Mailbox not found", HARD),
        ("554 5.7.9 Message not accepted for policy reasons", SENDER),
        ("553 5.7.1 [BL21] Connections will not be accepted, because the address is in Spamhaus's list", SENDER),
        ("553 5.7.2 [TSS09] All messages from your address will be permanently deferred", SENDER),
        ("554 Message not allowed - [PH01] Email not accepted for policy reasons", SENDER),
        ("552 Requested mail action aborted: exceeded storage allocation, mailbox full", SOFT),
    ],
    "iCloud": [
        ("550 5.1.1 unknown or illegal alias", HARD),
        ("552 5.2.2 user is over quota", SOFT),
        ("554 5.7.1 [CS01] Message rejected due to local policy", SENDER),
        ("550 5.7.0 Blocked - see the list of blocked addresses", SENDER),
    ],
    "GMX, Web.de, T-Online": [
        ("550 Requested action not taken: mailbox unavailable", HARD),
        ("554 Transaction failed. Reject due to policy restrictions", SENDER),
        ("550 5.1.1 User unknown. Lokale Adresse unbekannt", HARD),
        ("552 5.2.2 Quota exceeded", SOFT),
        ("554 IP=192.0.2.1 - A problem occurred. (reputation)", SENDER),
    ],
    "Mail.ru, Yandex, QQ, NetEase": [
        ("550 Message was not accepted -- invalid mailbox. Local mailbox is unavailable: user not found", HARD),
        ("550 spam message rejected. Please visit the help page", CONTENT),
        ("550 5.7.1 No such user!", HARD),
        ("554 5.7.1 [1] Message rejected under suspicion of SPAM", CONTENT),
        ("550 Mailbox not found", HARD),
        ("550 Mail content denied", CONTENT),
        ("552 Mailbox size limit exceeded; mailbox full", SOFT),
        ("550 User has no permission", OTHER),
    ],
    "Postfix, Exim, Sendmail, qmail": [
        ("550 5.1.1 <x@y.nz>: Recipient address rejected: User unknown in virtual mailbox table", HARD),
        ("550 5.1.1 <x@y.nz>: Recipient address rejected: User unknown in relay recipient table", HARD),
        ("554 5.7.1 <x@y.nz>: Relay access denied", SENDER),
        ("554 5.7.1 <x@y.nz>: Sender address rejected: Access denied", SENDER),
        ("550 5.1.1 blocked using zen.spamhaus.org", SENDER),
        ("550 Unrouteable address", HARD),
        ("550 Sender verify failed", SENDER),
        ("550 relay not permitted", SENDER),
        ("550 5.1.1 x@y.nz... User unknown", HARD),
        ("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", OTHER),
        ("550 sorry, no mailbox here by that name. (#5.1.1)", HARD),
        ("552 5.3.4 Message size exceeds fixed limit", SENDER),
        ("554 5.6.1 Eight bit data not allowed", SENDER),
        ("550 5.2.1 Addressee unknown", HARD),
    ],
    "Filters: Mimecast, Proofpoint, Barracuda": [
        ("550 Invalid Recipient", HARD),
        ("554 Email rejected due to security policies", SENDER),
        ("554 5.7.1 Blocked - see the page about your address", SENDER),
        ("550 permanent failure for one or more recipients (x@y.nz:blocked)", OTHER),
        ("550 5.1.1 Recipient address rejected: user unknown", HARD),
        ("550 Rejected by header based spam policy", CONTENT),
        ("550 Administrative prohibition - envelope blocked", OTHER),
        ("550 This person is no longer with the company", HARD),
    ],
}  # fmt: skip


def parts(reply: str) -> tuple[int, str, str]:
    code, _space, rest = reply.partition(" ")
    first, _space, words = rest.partition(" ")
    is_enhanced = first.count(".") == 2 and first.replace(".", "").isdigit()
    return int(code), first if is_enhanced else "", words if is_enhanced else rest


@pytest.mark.parametrize(
    ("reply", "kind"), [pytest.param(*case, id=f"{who}: {case[0]}") for who, cases in FINAL.items() for case in cases]
)
def test_a_final_answer_is_understood(reply: str, kind: RefusalKind) -> None:
    code, enhanced, text = parts(reply)

    assert classify_permanent(stage="RCPT", code=code, enhanced=enhanced, text=text) == kind


@pytest.mark.parametrize("reply", [reply for cases in FINAL.values() for reply, kind in cases if kind != HARD])
def test_nothing_said_about_the_senders_own_address_blames_the_reader(reply: str) -> None:
    code, enhanced, text = parts(reply)

    assert classify_permanent(stage="MAIL", code=code, enhanced=enhanced, text=text) != HARD


LATER = [
    ("421 4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume or user complaints", THROTTLED),
    ("451 [TS01] Messages temporarily deferred", THROTTLED),
    ("421 4.7.28 Our system has detected an unusual rate of mail from your address", THROTTLED),
    ("421 4.7.26 This mail has been rate limited because it is unauthenticated", THROTTLED),
    ("421 4.7.30 Rate limited because DKIM does not pass", THROTTLED),
    ("451 4.7.500 Server busy. Please try again later", THROTTLED),
    ("451 4.7.651 The mail server has been temporarily rate limited due to IP reputation", THROTTLED),
    ("432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded", THROTTLED),
    ("450 4.2.0 Recipient address rejected: Greylisted, see the help page", OTHER),
    ("451 4.7.1 Greylisting in effect, please come back later", OTHER),
    ("450 4.2.1 The user you are trying to contact is receiving mail at a rate", SOFT),
    ("452 4.2.2 The email account that you tried to reach is over quota", SOFT),
    ("452 4.3.1 Insufficient system storage", OTHER),
    ("451 4.4.4 Temporary server error", OTHER),
    ("450 4.1.1 Unverified address: unknown user", OTHER),
    ("421 Ip frequency limited", THROTTLED),
]


@pytest.mark.parametrize(("reply", "kind"), LATER)
def test_an_answer_for_now_is_understood(reply: str, kind: RefusalKind) -> None:
    code, enhanced, text = parts(reply)

    verdict = classify_transient(code=code, enhanced=enhanced, text=text)

    assert verdict.kind == kind
    assert verdict.seconds > 0
