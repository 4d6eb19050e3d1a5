"""Pictures for messages: what is taken, and where it ends up."""

import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from content.images import MAX_BYTES, NotAPicture, inspect
from content.pictures import newest_pictures
from tests.cast import client_of


def png(width=2, height=3):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 10)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(width=2, height=3):
    exif = b"\xff\xe1\x00\x08Exif\x00\x00"
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + b"\x00" * 9
    return b"\xff\xd8" + exif + frame + b"\xff\xd9" * 10


GIF = b"GIF89a" + struct.pack("<HH", 2, 3) + b"\x00" * 10
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x02\x00\x00"
LOSSLESS = b"RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00\x2f" + struct.pack("<I", 1 | 2 << 14) + b"\x00" * 8


@pytest.mark.parametrize(
    ("data", "extension"), [(png(), "png"), (jpeg(), "jpg"), (GIF, "gif"), (WEBP, "webp"), (LOSSLESS, "webp")]
)
def test_pictures_are_recognised_by_content(data, extension):
    info = inspect(data)
    assert (info.extension, info.width, info.height) == (extension, 2, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe1\x00\x00" + b"\x00" * 20,
        b"\xff\xd8" + b"\xff" * 1000,
        b"GIF89a",
        b"RIFF\x00\x00\x00\x00WEBPEVIL" + b"\x00" * 20,
        b"%PDF-1.7",
        png(0, 5),
        png(7_000, 10),
        png(5_900, 5_900),
        png() + b"\x00" * MAX_BYTES,
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(NotAPicture):
        inspect(data)


@pytest.fixture
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(client, workspace, data, name="evil.html"):
    url = reverse("content:pictures", args=[workspace.slug])
    return client.post(url, {"picture": SimpleUploadedFile(name, data, content_type="text/html")})


def test_upload_is_stored_under_a_name_of_ours(workspace, teammate, stored):
    answer = upload(client_of(teammate), workspace, png())
    assert answer.status_code == 200
    files = [path for path in stored.rglob("*") if path.is_file()]
    assert [path.suffix for path in files] == [".png"]
    assert "evil" not in str(files[0])
    (picture,) = newest_pictures(workspace)
    assert picture.address.startswith("http")
    assert picture.address in answer.content.decode()


def test_refused_upload_stores_nothing(workspace, owner, stored):
    answer = upload(client_of(owner), workspace, b"<svg/>", "a.png")
    assert answer.status_code == 422
    assert "not a PNG" in answer.content.decode()
    assert not any(path.is_file() for path in stored.rglob("*"))


def test_missing_file_is_asked_for(workspace, owner, stored):
    url = reverse("content:pictures", args=[workspace.slug])
    assert client_of(owner).post(url).status_code == 422


def test_pictures_of_others_are_out_of_reach(workspace, other_workspace, owner, viewer, stranger, stored):
    upload(client_of(owner), workspace, png())
    assert newest_pictures(other_workspace) == []
    assert upload(client_of(stranger), workspace, png()).status_code == 404
    assert upload(client_of(viewer), workspace, png()).status_code == 403
    assert len(newest_pictures(workspace)) == 1


def test_stored_picture_is_handed_out_to_anybody_and_kept(workspace, owner, stored, client):
    upload(client_of(owner), workspace, png())
    answer = client.get(newest_pictures(workspace)[0].url)
    assert b"".join(answer.streaming_content) == png()
    assert answer.headers["Content-Type"] == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/media/pictures/019aaaaa-0000-7000-8000-000000000000/019aaaaa-0000-7000-8000-000000000000.png",
        "/media/pictures/../imports/people.csv",
        "/media/imports/2026/11/people.csv",
        "/media/",
    ],
)
def test_other_stored_files_have_no_address(stored, client, db, path):
    (stored / "imports/2026/11").mkdir(parents=True)
    (stored / "imports/2026/11/people.csv").write_text("secret")
    assert client.get(path).status_code == 404
