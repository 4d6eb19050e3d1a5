"""How another system makes sure that a call really comes from here."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import WorkspaceRequest, workspace_view
from flows.services.follow_up import call_key

# Python's standard library only; the rule is short enough to be written in any language. A test runs it.
CHECK = '''\
import hashlib, hmac, time

def is_genuine(key, headers, body):
    """key as shown above, headers of the request, body as bytes exactly as they came."""
    at = headers["Rapport-Timestamp"]
    text = b".".join([headers["Rapport-Id"].encode(), at.encode(), body])
    mine = "v1=" + hmac.new(key.encode(), text, hashlib.sha256).hexdigest()
    is_recent = abs(time.time() - int(at)) < 300
    return is_recent and hmac.compare_digest(mine, headers["Rapport-Signature"])
'''


@workspace_view("owner")
def calls(request: WorkspaceRequest) -> HttpResponse:
    """The key that calls of this workspace's flows are signed with, and how to check a signature."""
    context = {"key": call_key(request.workspace.pk).decode(), "check": CHECK, "nav": "flows"}
    response = render(request, "flows/calls.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
