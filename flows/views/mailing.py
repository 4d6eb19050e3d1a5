"""Buttons of a flow's page that send mail: a new code, a link to go on later."""

from django.http import HttpRequest

from core.limits import client_address
from flows.models import Flow
from flows.services.going_on import NoAddress, ask_for_code, mail_way_back

# What the buttons are called in the form.
AGAIN, LATER = "again", "later"


def mail_as_asked(request: HttpRequest, row: Flow, secret: str) -> str:
    """Send what the pressed button asks for; the note that says what became of it. Raises NoSession."""
    ip = client_address(request)
    if request.POST.get("do") == AGAIN:
        return "code" if ask_for_code(flow=row, secret=secret, ip=ip) else "nocode"
    address = str(request.POST.get("later") or "")[:500].replace("\x00", "")
    try:
        was_sent = mail_way_back(flow=row, secret=secret, address=address, ip=ip)
    except NoAddress:
        return "address"
    return "mailed" if was_sent else "enough"
