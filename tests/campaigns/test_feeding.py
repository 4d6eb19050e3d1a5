"""A feed to e-mail, from a real web server."""

import datetime as dt
import json

import pytest
from django.urls import reverse

from campaigns import services
from campaigns.models import Campaign, FeedEntry
from campaigns.timing import Timing
from core.clock import now
from delivery.models import Message
from tests.cast import client_of
from tests.web_server import web_server

MJML = """<mjml><mj-body><mj-section><mj-column><mj-text>Hi {{ contact.first_name }}
{% for item in feed.items %}<p><a href="{{ item.link }}">{{ item.title }}</a></p>{% endfor %}</mj-text>
<mj-text><a href="{{ unsubscribe_url }}">Unsubscribe</a>, {{ workspace.address }}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


class Blog:
    """A feed that grows."""

    def __init__(self, site):
        self.site, self.items = site, []
        self.show()

    def publish(self, name, **values):
        self.items.insert(0, {"id": name, "url": f"/{name}", "title": name.title(), **values})
        self.show()

    def show(self):
        body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Kea", "items": self.items})
        self.site.pages["/feed"] = (200, {"Content-Type": "application/feed+json"}, body.encode())


@pytest.fixture
def blog(settings):
    """On loopback, which is opened for it."""
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with web_server() as site:
        yield Blog(site)


@pytest.fixture
def digest(campaign, template, blog) -> Campaign:
    """Every day, what is new."""
    template.mjml, template.subject = MJML, "New: {{ feed.items.first.title }}"
    template.save()
    timing = Timing(every="day", feed_url=f"{blog.site.url}/feed", when_late="skip")
    return services.schedule_campaign(campaign=campaign, actor=None, kind="feed", timing=timing)


def launch(digest, later=dt.timedelta()):
    digest.refresh_from_db()
    services.launch_campaign(campaign_id=digest.pk, at=digest.scheduled_at + later)
    return list(digest.occurrences.order_by("at").values_list("status", "reason"))


def test_new_entries_fill_the_message(digest, blog):
    blog.publish("spring")
    blog.publish("kayaks")
    assert launch(digest) == [("launched", ""), ("planned", "")]
    version = digest.occurrences.begun().get().content_version
    assert version.subject == "New: Kayaks"
    assert version.links[:2] == [f"{blog.site.url}/kayaks", f"{blog.site.url}/spring"]
    assert "{{ contact.first_name }}" in version.html
    assert Message.objects.count() == 4


def test_each_entry_is_sent_once(digest, blog):
    blog.publish("spring")
    launch(digest)
    blog.publish("kayaks")
    launch(digest)
    sent = FeedEntry.objects.order_by("occurrence__at").values_list("title", flat=True)
    assert list(sent) == ["Spring", "Kayaks"]
    last = digest.occurrences.begun().order_by("-at").first().content_version
    assert [link for link in last.links if "spring" in link] == []


def test_nothing_new_sends_nothing_and_says_so(digest, blog):
    blog.publish("spring")
    launch(digest)
    assert launch(digest) == [("launched", ""), ("skipped", "nothing_new"), ("planned", "")]
    assert Message.objects.count() == 4


def test_the_first_message_is_not_the_whole_archive(digest, blog):
    blog.publish("old", date_published=(now() - dt.timedelta(days=30)).isoformat())
    blog.publish("fresh", date_published=(now() - dt.timedelta(days=2)).isoformat())
    launch(digest)
    assert dict(FeedEntry.objects.values_list("title", "occurrence__status")) == {"Fresh": "launched", "Old": None}
    blog.publish("newer")
    launch(digest)
    assert FeedEntry.objects.filter(occurrence__isnull=False).count() == 2


@pytest.mark.parametrize("page", [(500, {}, b""), (200, {}, b"<html>sorry</html>")])
def test_a_feed_that_is_down_is_tried_again_and_skipped_when_it_is_too_late(digest, blog, page):
    blog.site.pages["/feed"] = page
    before = digest.scheduled_at
    assert launch(digest) == [("planned", "")]
    digest.refresh_from_db()
    assert (digest.status, digest.scheduled_at) == ("scheduled", before)
    assert digest.launch_at == before + dt.timedelta(minutes=10)
    assert launch(digest, dt.timedelta(hours=5, minutes=55)) == [("skipped", "feed_down"), ("planned", "")]
    assert not Message.objects.exists()


def test_a_feed_that_is_asked_again_is_told_where_its_times_stand(digest, blog, owner):
    page = reverse("campaigns:times", args=["kea-cabins", digest.public_id])
    assert "could not be read" not in client_of(owner).get(page).content.decode()
    blog.site.pages["/feed"] = (500, {}, b"")
    Campaign.objects.filter(pk=digest.pk).update(scheduled_at=now() - dt.timedelta(minutes=1))
    launch(digest)
    assert "The feed could not be read." in client_of(owner).get(page).content.decode()


def test_a_feed_that_is_back_in_time_goes_out(digest, blog):
    blog.site.pages["/feed"] = (503, {}, b"")
    launch(digest)
    blog.publish("spring")
    assert launch(digest, dt.timedelta(minutes=11)) == [("launched", ""), ("planned", "")]


def test_a_feed_behind_the_firewall_is_never_read(digest, blog, settings):
    blog.publish("spring")
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    assert launch(digest) == [("planned", "")]
    assert blog.site.asked == []


def looked_at(client, campaign, address):
    url = reverse("campaigns:feed", args=["kea-cabins", campaign.public_id])
    return client.post(url, {"feed_url": address}).content.decode()


def test_a_feed_can_be_looked_at_before_it_is_used(digest, blog, owner):
    blog.publish("kayak")
    blog.publish("archive", date_published="2020-01-01T00:00:00Z")
    page = looked_at(client_of(owner), digest, f"{blog.site.url}/feed")
    assert "2 entries." in page
    assert "A message sent now would hold 1 of them:" in page
    assert "Kayak" in page
    assert "Archive" not in page
    assert "shows nothing of it yet" not in page
    assert not FeedEntry.objects.exists()


def test_a_message_without_a_place_for_the_feed_is_said(digest, blog, owner, template):
    template.mjml, template.subject = template.mjml.replace("feed.items", "contact.tags"), "New"
    template.save()
    assert "shows nothing of it yet" in looked_at(client_of(owner), digest, f"{blog.site.url}/feed")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nothing", "There is no such page."),
        ("/page", "it is no feed"),
        ("", "There is no such page."),
        (None, "This is no web address."),
    ],
)
def test_what_is_wrong_with_a_feed_is_said(digest, blog, owner, path, words):
    blog.site.pages["/page"] = (200, {"Content-Type": "text/html"}, b"<p>Kia ora</p>")
    assert words in looked_at(client_of(owner), digest, "ftp://x" if path is None else blog.site.url + path)


def test_looking_at_a_feed_is_limited_and_for_editors(digest, blog, viewer, owner):
    url = reverse("campaigns:feed", args=["kea-cabins", digest.public_id])
    assert client_of(viewer).post(url, {"feed_url": blog.site.url}).status_code == 403
    client = client_of(owner)
    for _look in range(60):
        client.post(url, {"feed_url": "ftp://x"})
    assert "You have looked many times" in looked_at(client, digest, f"{blog.site.url}/feed")
