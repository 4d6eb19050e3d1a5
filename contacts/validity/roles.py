"""Addresses of a desk rather than a person (RFC 2142 and custom). Pure."""

ROLES = frozenset(
    "abuse accounting accounts admin administrator all billing bookings booking careers compliance contact customerservice"
    " customerservices daemon dev devnull do-not-reply donotreply editor enquiries enquiry everyone feedback finance ftp"
    " hello help helpdesk hostmaster hr info inquiries inquiry investors invoice invoices it jobs legal list mail"
    " mailer-daemon maildaemon marketing media news newsletter no-reply no_reply nobody noc noreply notifications null"
    " office operations orders order payroll postmaster press privacy purchasing recruitment reception registrar"
    " reservations root sales secretary security service shop spam staff subscribe support sysadmin tech undisclosed"
    " unsubscribe usenet uucp webmaster www".split()
)


def is_role(email: str) -> bool:
    """Whether a normalised address belongs to a role, whatever follows a + in it."""
    return email.rpartition("@")[0].partition("+")[0] in ROLES
