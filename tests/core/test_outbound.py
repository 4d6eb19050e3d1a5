import contextlib
import gzip
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from core.outbound import OutboundError, fetch, is_allowed
from tests.web_server import WebServer, web_server


@pytest.fixture
def site(settings) -> Iterator[WebServer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with web_server() as server:
        yield server


def refusal(url, **limits):
    with pytest.raises(OutboundError) as error:
        fetch(url, most_bytes=limits.pop("most_bytes", 1000), **limits)
    return error.value.code


def test_an_answer_comes_with_status_headers_and_body(site):
    site.pages["/feed?a=1"] = (200, {"Content-Type": "text/xml"}, b"<rss/>")
    answer = fetch(f"{site.url}/feed?a=1#part", most_bytes=1000, headers={"Accept": "text/xml"})
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"<rss/>", "text/xml")
    sent = site.headers[0]
    assert (sent["accept"], sent["host"], sent["user-agent"]) == ("text/xml", site.url[7:], "Rapport")
    assert not {"cookie", "authorization"} & sent.keys()


def test_a_status_of_any_kind_is_an_answer(site):
    assert fetch(f"{site.url}/gone", most_bytes=1000).status == 404


def test_redirects_are_followed_and_no_more_than_five(site):
    site.pages["/old"] = (301, {"Location": "/new"}, b"")
    site.pages["/new"] = (200, {}, b"here")
    assert fetch(f"{site.url}/old", most_bytes=1000).url == f"{site.url}/new"
    site.pages["/round"] = (302, {"Location": "/round"}, b"")
    assert refusal(f"{site.url}/round") == "redirects"
    assert site.asked.count("/round") == 6


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/feed", "file:///etc/passwd", "https://", "https://me:secret@example.org/", "not an address",
        "https://example.org:99999/", "https://exam ple.org/", "http://example.org/\r\nX-Other: 1",
        "https://example.org/" + "a" * 2000,
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(url):
    assert refusal(url) == "address"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "[::1]", "[fd00::1]",
        "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "100.64.0.1", "224.0.0.1", "localhost",
        "2130706433", "0x7f.1", "0", "127。0。0。1", "[::7f00:1]", "[64:ff9b:1::7f00:1]",
        "[2001:0:7f00:1::]", "[fec0::1]",
    ],
)  # fmt: skip
def test_machines_behind_the_firewall_are_never_asked(host):
    assert refusal(f"http://{host}/") in ("private", "unreachable")


@pytest.mark.parametrize("location", ["http://[", "//[::1", "file:///etc/passwd", "http://me@127.0.0.1/"])
def test_a_redirect_that_leads_nowhere_is_no_address(site, location):
    site.pages["/odd"] = (302, {"Location": location}, b"")
    assert refusal(f"{site.url}/odd") == "address"


def test_a_redirect_behind_the_firewall_is_not_followed(site):
    site.pages["/trap"] = (302, {"Location": "http://169.254.169.254/latest/meta-data/"}, b"")
    assert refusal(f"{site.url}/trap") == "private"


def test_a_name_with_one_private_address_is_refused(monkeypatch):
    mixed = [(socket.AF_INET, 1, 6, "", (ip, 80)) for ip in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: mixed)
    assert refusal("http://example.org/") == "private"


def test_networks_that_the_operator_opened_are_allowed(settings):
    inside = ipaddress.ip_address("10.1.2.3")
    assert not is_allowed(inside)
    settings.OUTBOUND_PRIVATE_NETWORKS = ["10.1.0.0/16"]
    assert is_allowed(inside)
    assert not is_allowed(ipaddress.ip_address("10.2.0.1"))


def test_an_answer_that_is_too_large_is_refused_however_it_is_packed(site):
    site.pages["/large"] = (200, {}, b"a" * 1001)
    site.pages["/packed"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"a" * 10_000_000))
    site.pages["/fits"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"a" * 1000))
    assert refusal(f"{site.url}/large") == "too_large"
    assert refusal(f"{site.url}/packed") == "too_large"
    assert fetch(f"{site.url}/fits", most_bytes=1000).body == b"a" * 1000


def test_a_server_that_says_nothing_is_given_up_in_time(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        assert refusal(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.3) == "unreachable"
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize("piece", [b"HTTP/1.1 100 Continue\r\n\r\n", b"X"])
def test_a_server_that_goes_on_for_ever_is_given_up_in_time(settings, piece):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    over = threading.Event()

    def drip(server: socket.socket) -> None:
        plug, _address = server.accept()
        with plug, contextlib.suppress(OSError):
            while not over.wait(0.02):
                plug.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,), daemon=True)
        thread.start()
        begun = time.monotonic()
        try:
            assert refusal(f"http://127.0.0.1:{server.getsockname()[1]}/", seconds=0.4) == "unreachable"
            assert time.monotonic() - begun < 10
        finally:
            over.set()
            thread.join()


def test_a_server_that_is_not_there_is_unreachable(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert refusal(f"http://127.0.0.1:{port}/") == "unreachable"
