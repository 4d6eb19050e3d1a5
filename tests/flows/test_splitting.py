"""One link for several flows: who is led where, what counts, and what may be concluded."""

from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import Workspace
from channels.models import PageHost
from flows.models import Flow, FlowSplit, SplitArm, SplitEntry
from flows.services import close_flow
from flows.services.splitting import SplitRefused, create_split, end_split, standing_of
from tests.cast import client_of
from tests.channels.test_hosts import HOST
from tests.flows.pages.documents import QUIZ
from tests.flows.pages.test_public import fields, home, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def flows(workspace: Workspace, owner: Any) -> list[Flow]:
    return [publish(workspace, owner, QUIZ, key) for key in ("one", "two")]


@pytest.fixture
def split(workspace: Workspace, owner: Any, flows: list[Flow]) -> FlowSplit:
    return create_split(workspace=workspace, actor=owner, name="Which?", shares=[(flows[0], 1), (flows[1], 3)])


def address(split: FlowSplit) -> str:
    return f"/f/any/{split.public_id}/"


def visits(split: FlowSplit) -> dict[str, int]:
    return dict(split.arms.values_list("flow__key", "visits"))


def begin(visitor: Client, there: str) -> Any:
    """Answer the first question of the flow that a split led to."""
    path = urlsplit(there).path
    return visitor.post(path, fields(visitor.get(there).content.decode(), view="lake"))


def test_visitors_are_led_by_their_shares_and_looking_gives_no_cookie(split, flows):
    led = Counter(urlsplit(Client().get(address(split)).headers["Location"]).path for _visit in range(80))

    assert set(led) == {home(one) for one in flows}
    assert led[home(flows[1])] > led[home(flows[0])]
    assert visits(split) == {"one": led[home(flows[0])], "two": led[home(flows[1])]}
    assert Client().get(address(split)).cookies == {}
    assert SplitEntry.objects.count() == 0


def test_address_is_carried_and_looking_ahead_counts_nothing(split):
    answer = Client().head(f"{address(split)}?utm_source=mail&via=forged&lang=ar")

    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {"utm_source": ["mail"], "lang": ["ar"]}
    assert sum(visits(split).values()) == 0
    assert "no-store" in answer.headers["Cache-Control"]


def test_who_answers_counts_once_and_comes_back_to_the_same_flow(split):
    visitor = Client()
    there = visitor.get(address(split)).headers["Location"]
    assert begin(visitor, there).status_code == 303
    entry = SplitEntry.objects.get()
    assert visitor.cookies[f"split-{split.pk}"]["path"] == address(split)
    again = {visitor.get(address(split)).headers["Location"] for _visit in range(10)}

    assert again == {home(entry.arm.flow)}
    assert sum(visits(split).values()) == 1
    begin(Client(), there)
    assert SplitEntry.objects.count() == 1
    assert entry.session.flow == entry.arm.flow


def test_mark_of_another_flow_or_of_nobody_counts_nothing(split, flows):
    there = Client().get(address(split)).headers["Location"]
    other = next(one for one in flows if home(one) != urlsplit(there).path)
    begin(Client(), f"{home(other)}?{urlsplit(there).query}")
    begin(Client(), f"{home(other)}?via=AAAA")

    assert SplitEntry.objects.count() == 0


def test_finishing_is_counted_of_all_visits(split):
    visitor = Client()
    there = visitor.get(address(split)).headers["Location"]
    Client().get(address(split))
    second = begin(visitor, there).headers["Location"]
    visitor.post(second, fields(visitor.get(second).content.decode(), name="Ana"))
    standing = standing_of(split)

    assert standing.visits == 2
    assert sum(one.began for one in standing.arms) == sum(one.completed for one in standing.arms) == 1
    assert not standing.is_decided
    assert not standing.is_uneven


def test_uneven_numbers_name_no_winner(split, monkeypatch):
    SplitArm.objects.update(visits=5_000)
    counts = {arm.pk: (2_000, done) for arm, done in zip(split.arms.order_by("pk"), (1_500, 500), strict=True)}
    monkeypatch.setattr("flows.querysets.SplitQuerySet.session_counts", lambda *_: counts)
    assert (standing_of(split).is_uneven, standing_of(split).is_decided) == (True, False)
    SplitArm.objects.update(weight=1)

    standing = standing_of(split)
    assert (standing.is_uneven, standing.is_decided) == (False, True)
    assert [one.is_winner for one in standing.arms] == [True, False]


def test_once_decided_everybody_goes_there(split, flows, owner, workspace):
    end_split(split=split, actor=owner, flow=flows[0])
    assert {Client().get(address(split)).headers["Location"] for _visit in range(8)} == {home(flows[0])}
    assert visits(split) == {"one": 0, "two": 0}
    with pytest.raises(SplitRefused):
        end_split(split=split, actor=owner, flow=publish(workspace, owner, QUIZ, "three"))
    split.refresh_from_db()
    assert split.winner.flow == flows[0]


def test_closed_flow_is_left_out(split, flows):
    close_flow(flow=flows[1])

    assert {urlsplit(Client().get(address(split)).headers["Location"]).path for _visit in range(8)} == {home(flows[0])}


def test_split_without_flows_is_gone(split):
    SplitArm.objects.all().delete()

    assert Client().get(address(split)).status_code == 404
    assert standing_of(split).arms == []


@pytest.mark.parametrize("shares", [[(0, 1)], [(0, 1), (0, 1)], [(0, 0), (1, 1)], [(0, 1), (1, 101)]])
def test_what_cannot_be_compared_is_refused(workspace, owner, flows, shares):
    with pytest.raises(SplitRefused):
        create_split(
            workspace=workspace, actor=owner, name="x", shares=[(flows[one], weight) for one, weight in shares]
        )
    assert FlowSplit.objects.count() == 0


def test_flow_of_another_workspace_or_without_a_page_is_refused(workspace, owner, flows):
    other = publish(Workspace.objects.create(name="Other", slug="other"), owner, QUIZ)
    close_flow(flow=flows[1])
    flows[1].refresh_from_db()
    for second in (other, flows[1]):
        with pytest.raises(SplitRefused):
            create_split(workspace=workspace, actor=owner, name="x", shares=[(flows[0], 1), (second, 1)])


def test_pages_make_watch_and_end_a_comparison(workspace, owner, viewer, stranger, flows):
    page = f"/w/{workspace.slug}/flows/splits/"
    form = {"name": "Which?", "flow_1": flows[0].pk, "weight_1": 1, "flow_2": flows[1].pk, "weight_2": ""}
    assert client_of(viewer).post(page, form).status_code == 403
    assert client_of(owner).post(page, {**form, "flow_2": flows[0].pk}).status_code == 422
    assert FlowSplit.objects.count() == 0
    client_of(owner).post(page, form)
    split = FlowSplit.objects.get()
    shown = client_of(viewer).get(f"{page}{split.public_id}/").content.decode()

    assert address(split) in shown
    assert "Nobody has come through the link yet." in shown
    assert "Which?" in client_of(viewer).get(page).content.decode()
    assert client_of(stranger).get(f"{page}{split.public_id}/").status_code == 404
    for wrong in ("", "x", "999999", str(10**30)):
        assert client_of(owner).post(f"{page}{split.public_id}/end/", {"flow": wrong}).status_code == 404
    client_of(owner).post(f"{page}{split.public_id}/end/", {"flow": flows[1].pk})
    split.refresh_from_db()
    assert split.winner.flow == flows[1]


def test_own_host_leads_only_to_its_own(workspace, owner, split, settings):
    settings.ALLOWED_HOSTS, settings.OWN_DOMAINS = ["news.rapport.nz"], True
    other = Workspace.objects.create(name="Other", slug="other")
    PageHost.objects.create(workspace=other, host=HOST, token="t", state="verified")
    assert Client(headers={"host": HOST}).get(address(split)).status_code == 404
    PageHost.objects.update(workspace=workspace)

    assert Client(headers={"host": HOST}).get(address(split)).status_code == 302
