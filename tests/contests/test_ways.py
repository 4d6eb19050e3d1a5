"""From one page of a contest to the next: nobody has to know an address."""

import datetime as dt

import pytest
from django.urls import reverse

from contests.models import Contest
from core.clock import now
from flows.models import Flow
from flows.services import create_flow
from tests.cast import client_of
from tests.contests.giveaway import document
from tests.flows.test_gallery import FORM

pytestmark = pytest.mark.django_db


def test_new_contest_is_a_click_away_from_its_panel_and_its_rules(workspace, owner, client):
    today = now()
    times = {"opens_at": today - dt.timedelta(days=1), "closes_at": today + dt.timedelta(days=9)}
    wish = FORM | {name: f"{moment:%Y-%m-%dT%H:%M}" for name, moment in times.items()}
    answer = client_of(owner).post(reverse("flows:begin", args=[workspace.slug, "giveaway"]), wish)
    row = Flow.objects.get()
    panel = reverse("contests:panel", args=[workspace.slug, row.public_id])
    rules = reverse("contest:rules", args=[row.public_id])

    for page in (answer.url, reverse("flows:detail", args=[workspace.slug, row.public_id])):
        assert f'href="{panel}"' in client_of(owner).get(page).text
    contests = reverse("contests:list", args=[workspace.slug])
    assert f'href="{contests}"' in client_of(owner).get(reverse("flows:list", args=[workspace.slug])).text
    page = client.get(reverse("flow:enter", args=[row.public_id])).text
    assert page.count(f'href="{rules}"') == 1
    told = client.get(rules).text
    assert "run by Kea Cabins, 12 Lakeside Road." in told
    assert "More is at" not in told


def test_instant_win_is_sealed_and_published_from_its_pages(workspace, owner):
    draft = document(selection="instant_win", draw=None, instant_win={"mode": "scheduled_moments"})
    row = create_flow(workspace=workspace, actor=owner, name="Win", document=draft, key="instant")
    desk, args = client_of(owner), [workspace.slug, row.public_id]
    seal, publish = reverse("contests:moments", args=args), reverse("flows:publish", args=args)

    assert f'action="{seal}"' in desk.get(publish).text
    assert desk.post(publish).status_code == 422
    answer = desk.post(seal)
    assert (answer.status_code, answer.url) == (302, publish)
    assert desk.get(reverse("contests:panel", args=args)).status_code == 200
    assert desk.post(publish).status_code == 302
    assert (Flow.objects.get().status, Contest.objects.get().phase) == ("live", "open")
    assert f'action="{seal}"' in desk.get(publish).text


def test_other_contests_have_no_moments_to_seal(workspace, owner):
    row = create_flow(workspace=workspace, actor=owner, name="Win", document=document(), key="week")
    args = [workspace.slug, row.public_id]

    assert reverse("contests:moments", args=args) not in client_of(owner).get(reverse("flows:publish", args=args)).text
