"""People who come back in the same browser: a cookie leads them to where they were, or says that once is all."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from flows.models import Flow, FlowSession
from flows.services import Answer, Visitor
from flows.views.visitors import BROWSER_COOKIE

LONGEST_SECRET = 22
DAY = 86_400
USUAL_DAYS = 30
# As long as contests go on.
ENTRANT_DAYS = 365


def cookie_name(row: Flow) -> str:
    """The cookie of one flow; its path keeps it from all others."""
    return f"flow-{row.pk}"


def remember(response: HttpResponse, row: Flow, secret: str, settings: Mapping[str, Any]) -> None:
    """Let this browser find its session again, where the flow wants that; nobody else is given a cookie."""
    days = _days(settings)
    if days:
        path = reverse("flow:enter", args=[row.public_id])
        secure = django_settings.SESSION_COOKIE_SECURE
        response.set_cookie(
            cookie_name(row), secret, max_age=days * DAY, path=path, secure=secure, httponly=True, samesite="Lax"
        )


def know_again(request: HttpRequest, response: HttpResponse, row: Flow, visitor: Visitor, answer: Answer) -> None:
    """Let a contest know this browser again, which limits by device ask for. Only who enters is given the cookie."""
    if answer.effect("enter_contest") is not None and visitor.browser:
        path = reverse("flow:enter", args=[row.public_id])
        response.set_cookie(
            BROWSER_COOKIE,
            visitor.browser,
            max_age=ENTRANT_DAYS * DAY,
            path=path,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )


def _days(settings: Mapping[str, Any]) -> int:
    saving = settings.get("save_resume") or {}
    by_cookie = saving.get("enabled") and "cookie" in (saving.get("via") or ["cookie"])
    if is_once(settings):
        return 365
    return int(saving.get("expires_days") or USUAL_DAYS) if by_cookie else 0


def is_once(settings: Mapping[str, Any]) -> bool:
    """Whether each device may answer only once."""
    limits = (settings.get("submissions") or {}).get("limit") or ()
    return any(one["by"] == "device" and one["max"] == 1 and one["per"] in ("once", "campaign") for one in limits)


def earlier_session(request: HttpRequest, row: Flow) -> tuple[str, FlowSession] | None:
    """The secret and session that this browser has of the flow."""
    secret = request.COOKIES.get(cookie_name(row), "")
    if not secret or len(secret) > LONGEST_SECRET:
        return None
    rows = FlowSession.objects.with_secret(secret).filter(flow=row).only("pk", "status", "flow_id")
    found = rows.first()
    return (secret, found) if found is not None else None


def is_full(row: Flow, settings: Mapping[str, Any]) -> bool:
    """Whether as many as were wanted have answered; who is on the way may still finish."""
    most = int((settings.get("submissions") or {}).get("max") or 0)
    return bool(most) and FlowSession.objects.reaches(row, most)
