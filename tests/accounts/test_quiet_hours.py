import datetime as dt

import pytest

from accounts.models import AuditEntry
from tests.cast import client_of

FIELDS = {"name": "Kea Cabins", "time_zone": "Pacific/Auckland", "language": "en", "brand_color": "#0b5d78"}


def save(workspace, owner, **values):
    return client_of(owner).post(f"/w/{workspace.slug}/settings/", {**FIELDS, "postal_address": "", **values})


def test_an_owner_chooses_hours_in_which_nobody_is_written_to(workspace, owner):
    save(workspace, owner, quiet_from="21:00", quiet_until="08:00")
    workspace.refresh_from_db()
    assert (workspace.quiet_from, workspace.quiet_until) == (dt.time(21), dt.time(8))
    detail = AuditEntry.objects.get(action="workspace.changed").detail
    assert (detail["quiet_from"], detail["quiet_until"]) == ("21:00", "08:00")


@pytest.mark.parametrize("hours", [("21:00", ""), ("", "08:00"), ("08:00", "08:00")])
def test_half_quiet_hours_and_endless_ones_are_refused_and_nothing_changes(workspace, owner, hours):
    answer = save(workspace, owner, quiet_from=hours[0], quiet_until=hours[1])
    assert answer.status_code == 422
    workspace.refresh_from_db()
    assert (workspace.quiet_from, workspace.quiet_until) == (None, None)
