"""Where things lie and what is said when a disk refuses."""

import errno
import os
import stat
from pathlib import Path

import pytest

from stack.errors import StackError
from stack.places import (
    LONGEST_SOCKET_DIRECTORY,
    ROOT,
    data_directory,
    disk_sentence,
    make_directory,
    read_secret_key,
    socket_directory,
)


def test_data_directory_defaults_to_the_project():
    assert data_directory({}) == ROOT / ".data"


def test_data_directory_follows_the_variable(tmp_path):
    assert data_directory({"DATA_DIR": str(tmp_path / "my data")}) == tmp_path / "my data"


def test_secret_key_is_made_once_and_private(tmp_path):
    first = read_secret_key(tmp_path)
    assert len(first) >= 50
    assert read_secret_key(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_socket_directory_is_short_for_a_long_path(tmp_path):
    home = tmp_path / ("long" * 40)
    home.mkdir()
    path = socket_directory(home)
    try:
        assert len(os.fsencode(path)) <= LONGEST_SOCKET_DIRECTORY
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert socket_directory(home) == path
    finally:
        path.rmdir()


def test_socket_directory_avoids_spaces(tmp_path):
    home = tmp_path / "a b"
    home.mkdir()
    path = socket_directory(home)
    try:
        assert " " not in str(path)
    finally:
        path.rmdir()


def test_socket_directory_of_somebody_else_is_refused(tmp_path):
    home = tmp_path / "a b"
    home.mkdir()
    path = socket_directory(home)
    path.rmdir()
    path.symlink_to(tmp_path)
    try:
        with pytest.raises(StackError, match="Another account owns"):
            socket_directory(home)
    finally:
        path.unlink()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "is read-only"),
        (errno.ENOSPC, "There is no room left"),
        (errno.EACCES, "may not write"),
        (errno.EIO, "Could not write"),
    ],
)
def test_disk_sentence_names_the_trouble(number, words):
    assert words in disk_sentence(OSError(number, os.strerror(number)), Path("/data"))


def test_make_directory_below_a_file_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match="Could not write to"):
        make_directory(tmp_path / "file" / "data")
