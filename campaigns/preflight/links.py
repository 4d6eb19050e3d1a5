"""Links that lead nowhere, as they were found when they were last visited. Visiting is a worker's job."""

from django.utils.translation import gettext, ngettext

from campaigns.links import digest_of, plain_links, problem_words
from campaigns.models import Campaign, LinkCheck
from campaigns.preflight.base import Check, template_url
from content.compiler import CompiledContent
from core.formatting import number


def look_at_links(campaign: Campaign, compiled: CompiledContent | None) -> list[Check]:
    """Says nothing of links that nobody has visited yet."""
    urls = plain_links(compiled.links) if compiled is not None else []
    if not urls:
        return []
    known = LinkCheck.objects.filter(workspace=campaign.workspace, digest__in=[digest_of(url) for url in urls])
    visited = list(known.filter(checked_at__isnull=False))
    broken = [row for row in visited if row.problem]
    if not broken:
        return [Check("links", "ok", gettext("Links"))] if len(visited) == len(urls) else []
    title = ngettext("%(count)s link leads nowhere", "%(count)s links lead nowhere", len(broken)) % {
        "count": number(len(broken))
    }
    text = "; ".join(f"{row.url} – {problem_words(row.problem)}" for row in broken[:3])
    return [Check("broken_links", "warn", title, text, template_url(campaign), gettext("Edit the message"))]
