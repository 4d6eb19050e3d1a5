"""Reading mail in whatever shape it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catcher.reading import frame_html, part_bytes, read, summarise

WHOLE = (
    b"From: =?utf-8?q?K=C4=93a?= <hello@kea.example>\r\nTo: Aroha <aroha@example.com>\r\n"
    b"Subject: =?utf-8?b?0J7Qt9C10YDQvg==?=\r\n"
    b"List-Unsubscribe: <mailto:out@kea.example>, <http://127.0.0.1:8000/u/abc/>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="m"\r\n\r\n'
    b'--m\r\nContent-Type: multipart/alternative; boundary="a"\r\n\r\n'
    b"--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nKia ora,  the lake\r\nis warm.\r\n"
    b"--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><head><title>x</title></head><p>Kia ora</p></html>\r\n"
    b"--a--\r\n"
    b'--m\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename="../a.csv"\r\n\r\na,b\r\n'
    b"--m--\r\n"
)


def test_summary_decodes_headers_and_takes_the_text():
    summary = summarise(WHOLE)
    assert summary.from_header == "Kēa <hello@kea.example>"
    assert summary.to_header == "Aroha <aroha@example.com>"
    assert summary.subject == "Озеро"
    assert summary.excerpt == "Kia ora, the lake is warm."


def test_summary_of_html_alone_has_no_markup():
    source = b"Content-Type: text/html\r\n\r\n<head><style>p{}</style></head><p>Fish &amp; chips</p>"
    assert summarise(source).excerpt == "Fish & chips"


def test_reading_finds_parts_and_the_one_click_address():
    reading = read(WHOLE)
    assert "<p>Kia ora</p>" in reading.html
    assert reading.text.startswith("Kia ora,")
    assert reading.one_click_url == "http://127.0.0.1:8000/u/abc/"
    assert [(part.name, part.content_type) for part in reading.attachments] == [(".._a.csv", "text/csv")]
    assert part_bytes(WHOLE, reading.attachments[0].index) == (".._a.csv", b"a,b")


def test_no_one_click_without_the_post_header():
    assert read(WHOLE.replace(b"List-Unsubscribe-Post", b"X-Other")).one_click_url == ""


def test_links_open_in_a_new_tab():
    assert frame_html("<html><head><title>") == '<html><head><base target="_blank"><title>'
    assert frame_html("<p>bare") == '<base target="_blank"><p>bare'


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: =?x-unknown?b?//8=?=\r\n\r\nbody",
        b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff",
        b"From: <<<>>> , ;;\r\nTo: \xff\xfe\r\n\r\n",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b'Content-Type: text/plain; charset="\x00"\r\n\r\nx',
        b"From: " + b"(" * 3000 + b"\r\n\r\nx",
        b"To: " + b"a@b.example," * 20_000 + b"\r\n\r\nx",
        b"Content-Type: text/html\r\n\r\n" + b"<style " * 20_000,
    ],
)
def test_broken_mail_is_still_read(source):
    assert "\x00" not in summarise(source).excerpt
    assert "\x00" not in read(source).source


@given(st.binary(max_size=400))
def test_any_bytes_are_read(source):
    summarise(source)
    read(source)


def test_file_name_of_an_attachment_is_one_line():
    source = b"Content-Disposition: attachment; filename*=utf-8''a%0D%0AX-Foo%3A%20b%2Fc.txt\r\n\r\nx"

    name, content = part_bytes(source, 0)

    assert (name, content) == ("a__X-Foo: b_c.txt", b"x")
    assert [part.name for part in read(source).attachments] == [name]
