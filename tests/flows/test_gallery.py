"""The gallery: every flow of it can be published as it is, and a contest is live after a few fields."""

import datetime as dt

import pytest
from django.urls import reverse

from flows.answers import FlowProblem
from flows.checking import check_flow
from flows.checking.simulation import simulate
from flows.document_size import MOST_STEPS
from flows.documents import read_json, write_json
from flows.engine.flow import Flow as Compiled
from flows.forms import ContestForm
from flows.gallery import TEMPLATES, document_of
from flows.models import Flow
from flows.services import create_flow, save_draft
from flows.views.gallery import blank
from tests.cast import client_of

KEYS = [one.key for one in TEMPLATES]
CONTESTS = [one.key for one in TEMPLATES if one.is_contest]
FORM = {
    "name": "Win a weekend", "prize": "A weekend by the lake", "quantity": "2", "opens_at": "2030-05-01T09:00",
    "closes_at": "2030-05-15T18:00", "sponsor": "Kea Cabins, 12 Lakeside Road", "min_age": "18",
    "verification": "email_link", "claim_days": "10", "news": "on", "publish": "on",
}  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_document_has_nothing_to_mend(key):
    assert check_flow(document_of(key), runs=0) == []


@pytest.mark.parametrize("key", KEYS)
def test_whoever_answers_at_random_comes_to_an_end(key):
    runs = simulate(Compiled(document_of(key)), 15)

    assert (runs.stuck, dict(runs.noticed), sum(runs.endings.values())) == (0, {}, 15)


def test_contest_of_the_gallery_opens_now_and_is_drawn_after_it_closes():
    contest = document_of("giveaway", dt.datetime(2030, 5, 1, 9, 30, tzinfo=dt.UTC))["contest"]

    assert (contest["opens_at"], contest["closes_at"]) == ("2030-05-01T09:30:00Z", "2030-05-15T09:30:00Z")
    assert contest["draw"]["beacon"]["ref"] == "quicknet:first round after 2030-05-15T11:30:00Z"


def test_first_contest_needs_twelve_fields_at_most():
    assert len(ContestForm.base_fields) <= 12


@pytest.mark.django_db
@pytest.mark.parametrize("key", CONTESTS)
def test_contest_is_live_after_one_form(workspace, owner, key):
    answer = client_of(owner).post(reverse("flows:begin", args=[workspace.slug, key]), FORM)

    row = Flow.objects.get()
    assert answer.url == reverse("flows:published", args=[workspace.slug, row.public_id])
    assert (row.name, row.is_live, row.kind) == ("Win a weekend", True, "contest")
    contest = read_json(row.live_version.document)["contest"]
    assert contest["prizes"][0]["name"] == "A weekend by the lake"
    assert contest["eligibility"] == {"min_age": 18}
    assert contest["rules"]["sponsor"] == "Kea Cabins, 12 Lakeside Road"


@pytest.mark.django_db
def test_contest_that_closes_before_it_opens_is_refused_and_nothing_is_made(workspace, owner):
    sent = {**FORM, "closes_at": "2030-04-01T09:00"}

    answer = client_of(owner).post(reverse("flows:begin", args=[workspace.slug, "giveaway"]), sent)

    assert answer.status_code == 422
    assert "It closes after it opens" in answer.content.decode()
    assert not Flow.objects.exists()


@pytest.mark.django_db
def test_contest_without_news_asks_for_no_consent_to_write(workspace, owner):
    sent = {name: value for name, value in FORM.items() if name not in ("news", "publish")}

    client_of(owner).post(reverse("flows:begin", args=[workspace.slug, "trivia"]), sent)

    row = Flow.objects.get()
    assert "marketing" not in row.draft
    assert check_flow(read_json(row.draft), runs=0) == []


@pytest.mark.django_db
def test_flow_begins_from_nothing_and_from_json(workspace, owner):
    client = client_of(owner)
    client.post(reverse("flows:begin", args=[workspace.slug, "blank"]), {"name": "Mine"})
    text = write_json(document_of("poll"))
    client.post(reverse("flows:import", args=[workspace.slug]), {"name": "Theirs", "text": text})

    mine, theirs = Flow.objects.order_by("name")
    assert check_flow(read_json(mine.draft), runs=0) == []
    assert theirs.draft == write_json({**document_of("poll"), "name": "Theirs"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", '{"kind": "form"}', "[" * 100_000, '{"a": NaN}'],
    ids=["nothing", "words", "a list", "no steps", "very deep", "no number"],
)
def test_what_is_no_flow_is_refused_with_a_sentence(workspace, owner, text):
    answer = client_of(owner).post(reverse("flows:import", args=[workspace.slug]), {"name": "x", "text": text})

    assert answer.status_code == 422
    assert not Flow.objects.exists()


@pytest.mark.parametrize(
    "theme",
    ['{"x": 1e999999999}', '{"x": 1e99999999999999999999}', '{"x": "\\ud800"}', '{"x": ' + "[" * 400 + "]" * 400 + "}",
     '{"x": ' + "9" * 1_000 + "}"],
    ids=["large", "larger", "half a letter", "deep", "long"],
)  # fmt: skip
@pytest.mark.django_db
def test_json_that_nobody_can_keep_is_refused(workspace, owner, theme):
    text = write_json(blank("Mine")).replace('"kind"', f'"theme":{theme},"kind"')

    answer = client_of(owner).post(reverse("flows:import", args=[workspace.slug]), {"name": "Theirs", "text": text})

    assert answer.status_code == 422
    assert not Flow.objects.exists()


@pytest.mark.parametrize("count", [501, 2_001])
@pytest.mark.django_db
def test_json_of_too_many_parts_is_refused(workspace, owner, count):
    document = blank("Mine")
    block = document["steps"][0]["blocks"][0]
    if count < 1_000:
        document["steps"] *= count
    else:
        document["steps"][0]["blocks"] = [block] * count

    sent = {"name": "Theirs", "text": write_json(document)}
    answer = client_of(owner).post(reverse("flows:import", args=[workspace.slug]), sent)

    assert answer.status_code == 422
    assert "Split it into several flows" in answer.content.decode()
    assert not Flow.objects.exists()


@pytest.mark.django_db
def test_draft_of_too_many_steps_is_not_saved(workspace, owner):
    flow = create_flow(workspace=workspace, actor=owner, name="Mine", document=blank("Mine"), key="mine")
    document = blank("Mine")
    document["steps"] *= MOST_STEPS + 1

    with pytest.raises(FlowProblem):
        save_draft(flow=flow, actor=owner, document=document)
    assert Flow.objects.get().draft_number == 1
