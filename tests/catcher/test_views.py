"""The pages of the catcher."""

import pytest
from django.test import Client

from catcher.models import CaughtMessage
from catcher.services import Arrival, store_arrivals

HTML = b"Subject: Lake\r\nTo: a@example.com\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script><p>warm</p>"


@pytest.fixture
def caught(db):
    store_arrivals(arrivals=[Arrival("hello@kea.example", ("a@example.com",), HTML)])
    return CaughtMessage.objects.get()


def test_empty_list_says_what_to_do(client, db):
    page = client.get("/mail/").content.decode()
    assert "No mail yet" in page


def test_list_shows_what_arrived(client, caught):
    page = client.get("/mail/").content.decode()
    assert "Lake" in page
    assert f"/mail/{caught.public_id}/" in page


@pytest.mark.parametrize(
    ("words", "found"), [("lake", True), ("LAKE a@example", True), ("hello@kea", True), ("sea", False)]
)
def test_search_finds_by_address_and_subject(client, caught, words, found):
    page = client.get("/mail/", {"q": words}).content.decode()
    assert (f"/mail/{caught.public_id}/" in page) is found


def test_list_costs_the_same_for_one_and_twenty(client, caught, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get("/mail/")
    store_arrivals(arrivals=[Arrival("", ("b@example.com",), b"Subject: x\r\n\r\n")] * 20)
    with django_assert_num_queries(2):
        client.get("/mail/")


@pytest.mark.parametrize("shown", ["html", "text", "headers", "source", "nonsense"])
def test_message_is_shown_in_every_way(client, caught, shown):
    response = client.get(f"/mail/{caught.public_id}/", {"show": shown})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_html_is_sandboxed(client, caught):
    response = client.get(f"/mail/{caught.public_id}/html/")
    policy = response.headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert b'<base target="_blank">' in response.content


def test_attachment_is_only_a_download(client, db):
    source = b'Content-Type: text/html\r\nContent-Disposition: attachment; filename="x.html"\r\n\r\n<b>'
    store_arrivals(arrivals=[Arrival("", ("a@example.com",), source)])
    response = client.get(f"/mail/{CaughtMessage.objects.get().public_id}/part/0/")
    assert response.headers["Content-Disposition"] == 'attachment; filename="x.html"'
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert client.get(f"/mail/{CaughtMessage.objects.get().public_id}/part/7/").status_code == 404


def test_emptying_needs_a_post(client, caught):
    assert client.get("/mail/clear/").status_code == 405
    assert CaughtMessage.objects.count() == 1
    assert client.post("/mail/clear/").status_code == 302
    assert CaughtMessage.objects.count() == 0


def test_emptying_needs_the_token(caught):
    assert Client(enforce_csrf_checks=True).post("/mail/clear/").status_code == 403
    assert CaughtMessage.objects.count() == 1
