"""What home and search read, one statement per question."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Workspace
from campaigns.models import Campaign
from channels.models import Sender
from consent.models import SignupPage
from contacts.models import Contact, Import
from contacts.text_search import TextSearch
from content.models import Template
from dashboard.chart import Day
from flows.models import Flow
from segments.models import Segment

DAYS = 30
FOUND = 6

JOINED = """
SELECT (created_at AT TIME ZONE %(zone)s)::date AS day,
    count(*) FILTER (WHERE imported_at IS NULL), count(*) FILTER (WHERE imported_at IS NOT NULL)
FROM contacts_contact WHERE workspace_id = %(workspace)s AND created_at >= %(since)s GROUP BY 1
"""


@dataclass(frozen=True)
class Joined:
    """People who came lately: all contacts, those of the last seven days, and each of the last 30 days."""

    total: int
    week: int
    days: list[Day]


def joined_lately(workspace: Workspace, zone: ZoneInfo, now: dt.datetime) -> Joined:
    """Days are those of `zone`; the present one is the last. `lower` came by themselves, `upper` with an import."""
    today = now.astimezone(zone).date()
    first = today - dt.timedelta(days=DAYS - 1)
    since = dt.datetime.combine(first, dt.time(), tzinfo=zone)
    with connection.cursor() as cursor:
        cursor.execute(JOINED, {"zone": str(zone), "workspace": workspace.pk, "since": since})
        counted = {day: (alone, imported) for day, alone, imported in cursor.fetchall()}
    days = [Day(day, *counted.get(day, (0, 0))) for day in (first + dt.timedelta(days=n) for n in range(DAYS))]
    week = sum(day.lower + day.upper for day in days[-7:])
    return Joined(Contact.objects.in_workspace(workspace).count(), week, days)


@dataclass(frozen=True)
class Beginnings:
    """What has been done of the first steps."""

    sender: bool
    contacts: bool
    signup_page: bool
    template: bool
    campaign: bool
    flow: bool

    @property
    def done(self) -> int:
        """How many of the six."""
        return sum((self.sender, self.contacts, self.signup_page, self.template, self.campaign, self.flow))


def beginnings_of(workspace: Workspace) -> Beginnings:
    """Which first steps are done; each is one look at an index."""
    return Beginnings(
        sender=Sender.objects.in_workspace(workspace).filter(verified_at__isnull=False).exists(),
        contacts=Contact.objects.in_workspace(workspace).exists(),
        signup_page=SignupPage.objects.in_workspace(workspace).exists(),
        template=Template.objects.in_workspace(workspace).exists(),
        campaign=Campaign.objects.in_workspace(workspace).filter(launched_at__isnull=False).exists(),
        flow=Flow.objects.in_workspace(workspace).filter(published_at__isnull=False).exists(),
    )


def failed_imports(workspace: Workspace, since: dt.datetime) -> QuerySet[Import]:
    """Imports that stopped, newest first."""
    failed = Import.objects.in_workspace(workspace).filter(status=Import.Status.FAILED, created_at__gte=since)
    return failed.order_by("-created_at")[:3]


@dataclass(frozen=True)
class Findings:
    """What a search found, a few of each kind."""

    contacts: list[Contact]
    campaigns: list[Campaign]
    segments: list[Segment]
    templates: list[Template]

    @property
    def is_empty(self) -> bool:
        """Nothing at all."""
        return not (self.contacts or self.campaigns or self.segments or self.templates)


def find_everything(workspace: Workspace, words: str) -> Findings:
    """Contacts by name and address; campaigns, segments and templates by name."""
    search = TextSearch.of(words)
    matching = Contact.objects.in_workspace(workspace).found_by(workspace, search)
    return Findings(
        contacts=list(matching.order_by("-id")[:FOUND]) if search else [],
        campaigns=list(Campaign.objects.in_workspace(workspace).found_by(words).latest_first()[:FOUND]),
        segments=list(
            Segment.objects.in_workspace(workspace).filter(Q(name__icontains=words) | Q(description__icontains=words))[
                :FOUND
            ]
        ),
        templates=list(Template.objects.in_workspace(workspace).search(words).for_list()[:FOUND]),
    )
