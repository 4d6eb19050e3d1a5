"""Mails as they come back from the world, about a message whose tokens the caller gives."""

CRLF = "\r\n"


def bounce(*, message_id: str = "", to: str = "bounces@kea.nz", action: str = "failed", status: str = "5.1.1",
           diagnostic: str = "smtp; 550 5.1.1 User unknown") -> bytes:  # fmt: skip
    """A delivery report as Postfix writes it (RFC 3464)."""
    return _lines(
        "Return-Path: <>", f"Delivered-To: {to}", "From: MAILER-DAEMON@mx.lake.nz (Mail Delivery System)", f"To: {to}",
        "Subject: Undelivered Mail Returned to Sender", "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"', "",
        "--B", "Content-Type: text/plain; charset=us-ascii", "", "I am sorry, it could not be delivered.", "",
        "--B", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.lake.nz", "",
        "Final-Recipient: rfc822; lina@lake.example", f"Action: {action}", f"Status: {status}",
        f"Diagnostic-Code: {diagnostic}", "",
        "--B", "Content-Type: text/rfc822-headers", "",
        f"Message-ID: {message_id}", "Subject: The lake", "", "--B--", "",
    )  # fmt: skip


def complaint(*, message_id: str = "", mail_from: str = "", kind: str = "abuse") -> bytes:
    """A feedback report as mailbox providers write it (RFC 5965); the reader's address is blotted out."""
    return _lines(
        "From: <feedback@lake.nz>", "To: <fbl@kea.nz>", "Subject: FW: The lake", "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=feedback-report; boundary="B"', "",
        "--B", "Content-Type: text/plain", "", "This is a complaint about a message from your address.", "",
        "--B", "Content-Type: message/feedback-report", "", f"Feedback-Type: {kind}", "Version: 1",
        f"Original-Mail-From: <{mail_from}>", "Original-Rcpt-To: <redacted@lake.example>", "",
        "--B", "Content-Type: message/rfc822", "", "From: Kea <a@kea.nz>", f"Message-ID: {message_id}",
        "Subject: The lake", "", "Kia ora", "", "--B--", "",
    )  # fmt: skip


def answer(*, message_id: str, subject: str = "Out of office", submitted: str = "auto-replied") -> bytes:
    """An automatic answer (RFC 3834)."""
    return _lines(
        "From: Lina <lina@lake.example>", "To: bounces@kea.nz", f"Subject: {subject}", f"In-Reply-To: {message_id}",
        f"Auto-Submitted: {submitted}", "Content-Type: text/plain", "", "I am away until Monday.", "",
    )  # fmt: skip


def letter(*, message_id: str) -> bytes:
    """What a person wrote in answer."""
    return _lines(
        "From: Lina <lina@lake.example>", "To: bounces@kea.nz", "Subject: Re: The lake", f"In-Reply-To: {message_id}",
        "Content-Type: text/plain", "", "Lovely, we are coming!", "",
    )  # fmt: skip


def old_bounce(*, to: str, words: str = "550 5.1.1 No such user") -> bytes:
    """A bounce in words alone, as qmail writes it."""
    return _lines(
        "Return-Path: <>", "From: MAILER-DAEMON@mx.lake.nz", f"To: {to}", "Subject: failure notice", "",
        "Hi. This is the mail program at mx.lake.nz.", "<lina@lake.example>:", words, "",
    )  # fmt: skip


def _lines(*lines: str) -> bytes:
    return CRLF.join(lines).encode()
