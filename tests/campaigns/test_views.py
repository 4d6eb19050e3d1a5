import datetime as dt

import pytest
from django.urls import reverse

from campaigns import services
from campaigns.models import Campaign
from core.clock import now
from delivery.models import Dispatch, Message
from tests.cast import client_of


def url(name, campaign=None, slug="kea-cabins"):
    args = [slug] if campaign is None else [slug, campaign.public_id]
    return reverse(f"campaigns:{name}", args=args)


@pytest.fixture
def visitor(owner):
    return client_of(owner)


@pytest.fixture
def sending(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    return services.launch_campaign(campaign_id=campaign.pk)


def status_of(campaign):
    return Campaign.objects.values_list("status", flat=True).get(pk=campaign.pk)


OPEN_PAGES = ["who", "message", "review", "preview", "detail"]
BUTTONS = [
    "schedule",
    "send",
    "undo",
    "launch",
    "test",
    "pause",
    "resume",
    "cancel",
    "send-unknown",
    "duplicate",
    "delete",
]


def test_list_without_campaigns_says_what_they_are_for(visitor, workspace):
    answer = visitor.get(url("list"))
    assert "No campaigns yet" in answer.content.decode()


def test_list_shows_campaigns_with_their_state(visitor, sending):
    text = visitor.get(url("list")).content.decode()
    assert "Summer at the lake" in text
    assert url("report", sending) in text


def test_list_finds_by_words_and_state(visitor, campaign):
    assert "Summer at the lake" in visitor.get(url("list"), {"q": "SUMMER"}).content.decode()
    assert "Nothing found" in visitor.get(url("list"), {"q": "kayak"}).content.decode()
    assert "Nothing found" in visitor.get(url("list"), {"state": "sent"}).content.decode()
    assert "Summer at the lake" in visitor.get(url("list"), {"state": "draft", "page": "999"}).content.decode()


def test_list_takes_the_same_statements_for_one_and_for_twenty(visitor, campaign, owner, django_assert_max_num_queries):
    visitor.get(url("list"))
    with django_assert_max_num_queries(14):
        visitor.get(url("list"))
    for _each in range(19):
        services.duplicate_campaign(campaign=campaign, actor=owner)
    with django_assert_max_num_queries(14):
        visitor.get(url("list"))


def test_create_stores_the_first_step_and_goes_on_to_the_message(visitor, segment, topic, owner):
    answer = visitor.post(url("create"), {"name": "Kayak week", "segment": segment.public_id, "topic": topic.public_id})
    created = Campaign.objects.get()
    assert answer.url == url("message", created)
    assert (created.name, created.segment, created.topic, created.created_by) == ("Kayak week", segment, topic, owner)


def test_create_without_a_name_keeps_what_was_chosen(visitor, segment):
    answer = visitor.post(url("create"), {"name": " ", "segment": segment.public_id})
    assert answer.status_code == 422
    assert f'value="{segment.public_id}" selected' in answer.content.decode()
    assert not Campaign.objects.exists()


def test_create_looks_at_nothing_before_it_is_asked(visitor, workspace):
    assert visitor.get(url("create")).status_code == 200
    assert not Campaign.objects.exists()


def test_create_begins_with_the_segment_somebody_comes_from(visitor, segment, topic, people):
    text = visitor.get(url("create"), {"segment": str(segment.public_id)}).content.decode()
    assert f'value="{segment.public_id}" selected' in text


@pytest.mark.parametrize("nonsense", ["x", "", "'; DROP", "01a20082-3b07-7538-be1e-09fc99a173fb"])
def test_create_survives_a_segment_that_does_not_exist(visitor, workspace, nonsense):
    assert visitor.get(url("create"), {"segment": nonsense}).status_code == 200


def test_audience_counts_what_is_chosen(visitor, campaign, segment, topic):
    answer = visitor.get(url("audience"), {"segment": segment.public_id, "topic": topic.public_id})
    text = answer.content.decode()
    assert "people will get it" in text
    assert "Never agreed to this topic" in text


@pytest.mark.parametrize("query", [{}, {"segment": "nonsense"}, {"topic": "%00", "segment": "'"}])
def test_audience_of_nonsense_asks_to_choose(visitor, workspace, query):
    assert "Choose people and a topic" in visitor.get(url("audience"), query).content.decode()


def test_who_saved_and_closed_goes_back_to_the_list(visitor, campaign, segment, topic):
    values = {"name": "Renamed", "segment": segment.public_id, "topic": topic.public_id, "lock_version": 1}
    assert visitor.post(url("who", campaign), {**values, "close": "1"}).url == url("list")
    campaign.refresh_from_db()
    assert campaign.name == "Renamed"


def test_two_tabs_lose_nothing(visitor, campaign, segment, topic, teammate):
    services.update_campaign(campaign=campaign, actor=teammate, values={"name": "Theirs"})
    values = {"name": "Mine", "segment": segment.public_id, "topic": topic.public_id, "lock_version": 1}
    answer = visitor.post(url("who", campaign), values)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Bob changed this campaign while you had it open." in text
    assert 'value="Mine"' in text
    campaign.refresh_from_db()
    assert campaign.name == "Theirs"
    visitor.post(url("who", campaign), {**values, "lock_version": 2})
    campaign.refresh_from_db()
    assert campaign.name == "Mine"


def test_message_step_stores_template_and_sender(visitor, campaign, template, sender):
    Campaign.objects.update(template=None, sender=None)
    answer = visitor.post(
        url("message", campaign),
        {"template": template.public_id, "sender": sender.public_id, "lock_version": 1},
    )
    assert answer.url == url("review", campaign)
    campaign.refresh_from_db()
    assert (campaign.template, campaign.sender) == (template, sender)


def test_message_step_without_templates_says_what_to_do(visitor, workspace, owner):
    draft = services.create_campaign(workspace=workspace, actor=owner, name="Bare")
    text = visitor.get(url("message", draft)).content.decode()
    assert "No templates yet" in text
    assert "There is no sender yet" in text


def test_frame_shows_the_message_and_nothing_may_run_in_it(visitor, campaign, template, people):
    address = reverse("campaigns:frame", args=["kea-cabins", template.public_id])
    answer = visitor.get(address, {"as": str(people[0].public_id)})
    assert "Kia ora Lina" in answer.content.decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Kia ora there" in visitor.get(address, {"as": "nameless"}).content.decode()


def test_review_shows_who_what_and_that_it_is_ready(visitor, campaign):
    text = visitor.get(url("review", campaign)).content.decode()
    assert "Send to 3" in text
    assert "The lake is warm again" in text
    assert "Never agreed to this topic" in text
    assert "thing to fix first" not in text


def test_review_of_an_empty_draft_says_what_is_missing(visitor, workspace, owner):
    draft = services.create_campaign(workspace=workspace, actor=owner, name="Bare")
    text = visitor.get(url("review", draft)).content.decode()
    assert "4 things to fix first." in text
    assert "Not decided yet" in text


def test_review_of_a_held_campaign_says_what_happened(visitor, campaign):
    Campaign.objects.update(launch_problem="late")
    assert "had passed too long ago" in visitor.get(url("review", campaign)).content.decode()


def test_send_leads_to_the_undo_page_and_double_clicks_change_nothing(visitor, campaign):
    for _press in range(2):
        assert visitor.post(url("send", campaign), {"lock_version": 1}).url == url("undo", campaign)
    assert status_of(campaign) == "scheduled"
    text = visitor.get(url("undo", campaign)).content.decode()
    assert "goes out in" in text
    services.launch_campaign(campaign_id=campaign.pk, at=now() + dt.timedelta(seconds=11))
    visitor.post(url("send", campaign), {"lock_version": 1})
    assert Dispatch.objects.count() == 1
    assert Message.objects.count() == 4


def test_send_with_a_mistake_sends_nothing_and_says_what_to_mend(visitor, campaign, sender):
    sender.verified_at = None
    sender.save()
    answer = visitor.post(url("send", campaign), follow=True)
    assert "Nothing was sent. Mend this first" in answer.content.decode()
    assert status_of(campaign) == "draft"


def test_undo_takes_it_back(visitor, campaign):
    visitor.post(url("send", campaign))
    answer = visitor.post(url("undo", campaign), follow=True)
    assert "Taken back." in answer.content.decode()
    assert status_of(campaign) == "draft"


def test_undo_too_late_says_so(visitor, sending):
    answer = visitor.post(url("undo", sending), follow=True)
    assert "It was too late to take this back" in answer.content.decode()
    assert status_of(sending) == "sending"


def test_undo_page_goes_on_to_the_report_by_itself(visitor, sending):
    answer = visitor.get(url("undo", sending), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, url("report", sending))


def test_schedule_at_a_chosen_time(visitor, campaign):
    answer = visitor.post(
        url("schedule", campaign),
        {"day": "2031-11-23", "clock": "09:00", "time_zone": "Pacific/Auckland", "lock_version": 1},
    )
    assert answer.url == url("review", campaign)
    campaign.refresh_from_db()
    assert campaign.scheduled_at == dt.datetime(2031, 11, 22, 20, tzinfo=dt.UTC)


def test_schedule_in_the_past_keeps_what_was_typed(visitor, campaign):
    answer = visitor.post(
        url("schedule", campaign),
        {"day": "2020-02-03", "clock": "09:15", "time_zone": "Europe/Berlin", "lock_version": 1},
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "This time has passed" in text
    assert 'value="2020-02-03"' in text
    assert 'value="09:15"' in text
    assert status_of(campaign) == "draft"


def test_test_send_queues_one_message_that_counts_nowhere(visitor, campaign, owner):
    answer = visitor.post(url("test", campaign), {"to_email": "me@example.com"}, follow=True)
    assert "A test is on its way to me@example.com." in answer.content.decode()
    message = Message.objects.get()
    assert (message.purpose, message.recipient, message.dispatch) == ("test", "me@example.com", None)


def test_test_send_to_nonsense_sends_nothing(visitor, campaign):
    answer = visitor.post(url("test", campaign), {"to_email": "<nobody"}, follow=True)
    assert "No test was sent" in answer.content.decode()
    assert not Message.objects.exists()


def test_report_before_the_start_is_the_review(visitor, campaign):
    assert visitor.get(url("report", campaign)).url == url("review", campaign)


def test_report_renews_itself_while_sending_and_stops_when_done(visitor, sending):
    fragment = {"HX-Request": "true"}
    answer = visitor.get(url("report", sending), {"state": "sending"}, headers=fragment)
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    assert 'id="people" hx-swap-oob="true"' in answer.content.decode()
    whole = visitor.get(url("report", sending)).content.decode()
    assert (whole.count('id="people"'), whole.count("hx-swap-oob")) == (1, 0)
    Campaign.objects.update(status="sent", finished_at=now())
    answer = visitor.get(url("report", sending), {"state": "sending"}, headers=fragment)
    assert answer.headers["HX-Redirect"] == url("report", sending)
    assert "hx-trigger" not in visitor.get(url("report", sending)).content.decode()


def test_report_with_everything_that_can_happen(visitor, sending):
    Message.objects.filter(recipient="lina@example.com").update(status="sent", settled_at=now())
    Message.objects.filter(recipient="wiremu@example.com").update(
        status="failed", reason="hard_bounce", detail="550 5.1.1 no such user", settled_at=now()
    )
    Message.objects.filter(recipient="nameless@example.com").update(
        status="unknown", reason="no_reply", settled_at=now()
    )
    Campaign.objects.update(status="sent", finished_at=now())
    text = visitor.get(url("report", sending)).content.decode()
    assert "Mailbox does not exist" in text
    assert "Send to the unknown" in text
    assert "550 5.1.1 no such user" in text
    assert 'class="chart-svg"' in text


def test_messages_are_filtered_by_outcome_and_reason(visitor, sending):
    everybody = visitor.get(url("messages", sending)).content.decode()
    assert "Lina" in everybody
    skipped = visitor.get(url("messages", sending), {"outcome": "skipped", "reason": "no_consent"}).content.decode()
    assert "Never agreed to this topic" in skipped
    assert "Lina" not in skipped
    assert "Nobody here" in visitor.get(url("messages", sending), {"outcome": "failed"}).content.decode()


@pytest.mark.parametrize("query", [{"before": "x"}, {"before": "9" * 40}, {"outcome": "<b>"}, {"reason": "'"}])
def test_messages_ignore_nonsense_in_the_address(visitor, sending, query):
    assert visitor.get(url("messages", sending), query).status_code == 200


def test_messages_are_paged(visitor, sending, monkeypatch):
    from campaigns.views import recipients

    monkeypatch.setattr(recipients, "PAGE_SIZE", 3)
    first = visitor.get(url("messages", sending))
    assert len(first.context["rows"]) == 3
    second = visitor.get(url("messages", sending) + first.context["next_url"])
    assert len(second.context["rows"]) == 1
    assert second.context["next_url"] == ""


def test_pause_resume_and_cancel_by_their_buttons(visitor, sending):
    visitor.post(url("pause", sending))
    assert status_of(sending) == "paused"
    visitor.post(url("resume", sending))
    assert status_of(sending) == "sending"
    answer = visitor.post(url("cancel", sending), follow=True)
    assert status_of(sending) == "cancelled"
    assert "is stopped" in answer.content.decode()


def test_home_panel_has_what_goes_now_next_and_lately(visitor, campaign, sending, owner):
    later = services.duplicate_campaign(campaign=campaign, actor=owner)
    Campaign.objects.filter(pk=later.pk).update(status="scheduled", scheduled_at=now() + dt.timedelta(hours=3))
    text = visitor.get(url("home-panel")).content.decode()
    assert "of 3 sent" in text
    assert url("review", later) in text
    assert "Once a campaign has gone out" in text


def test_home_panel_names_what_needs_somebody(visitor, campaign):
    Campaign.objects.update(launch_problem="late")
    text = visitor.get(url("home-panel"), {"part": "needs"}).content.decode()
    assert "“Summer at the lake” did not start" in text


@pytest.mark.parametrize("name", ["list", "create", "audience", "home-panel"])
def test_a_stranger_finds_no_pages(campaign, stranger, name):
    assert client_of(stranger).get(url(name)).status_code == 404


@pytest.mark.parametrize("name", [*OPEN_PAGES, "report", "messages", "undo"])
def test_a_stranger_finds_no_campaign(campaign, stranger, name):
    theirs = client_of(stranger)
    assert theirs.get(url(name, campaign)).status_code == 404
    assert theirs.get(url(name, campaign, slug="elsewhere")).status_code == 404


@pytest.mark.parametrize("name", BUTTONS)
def test_a_stranger_presses_no_button(campaign, stranger, name):
    theirs = client_of(stranger)
    assert theirs.post(url(name, campaign)).status_code == 404
    assert theirs.post(url(name, campaign, slug="elsewhere")).status_code == 404
    assert status_of(campaign) == "draft"


@pytest.mark.parametrize("name", BUTTONS)
def test_a_viewer_presses_no_button(campaign, viewer, name):
    assert client_of(viewer).post(url(name, campaign)).status_code == 403
    assert status_of(campaign) == "draft"


def test_a_viewer_looks_at_a_review_without_buttons(campaign, viewer):
    text = client_of(viewer).get(url("review", campaign)).content.decode()
    assert "You can look at this campaign, not send it." in text
    assert "Send to 3" not in text


@pytest.mark.parametrize("name", [button for button in BUTTONS if button != "undo"])
def test_reading_changes_nothing(visitor, campaign, name):
    assert visitor.get(url(name, campaign)).status_code == 405
    assert status_of(campaign) == "draft"
