"""The embedded PostgreSQL: starts, keeps its data, and gets over what a crash leaves."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from stack import postgres as module
from stack.errors import StackError
from stack.postgres import Postgres, choose_home, shared_megabytes, usable_memory
from stack.processes import Account, identity, unprivileged_account


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A cluster that is made once; each test starts and stops it."""
    path = tmp_path_factory.mktemp("pg")
    for parent in (path, *path.parents):
        if parent.stat().st_uid == os.getuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
    return path / "postgres"


@pytest.fixture
def server(home):
    postgres = Postgres(home, home.parent / "postgres.log", fast=True)
    postgres.prepare()
    yield postgres
    postgres.stop()


def test_second_start_finds_the_data(server):
    server.start()
    server.create_database("kept")
    with psycopg.connect(server.url("kept")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (words text)")
        connection.execute("INSERT INTO note VALUES ('here')")
    server.stop()
    server.prepare()
    server.start()
    server.create_database("kept")
    with psycopg.connect(server.url("kept")) as connection:
        assert connection.execute("SELECT words FROM note").fetchone() == ("here",)


def test_a_killed_server_starts_again(server):
    server.start()
    server.process.send_signal(signal.SIGQUIT)
    server.process.wait(10)
    server.prepare()
    server.start()
    with psycopg.connect(server.url("postgres")) as connection:
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


def test_a_killed_backend_ends_the_server_for_its_supervisor(server):
    server.start()
    server.create_database("crash")
    with psycopg.connect(server.url("crash")) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        connection.close()

    assert server.process.wait(10) != 0
    server.prepare()
    server.start()
    with psycopg.connect(server.url("crash")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_pid_file_of_another_program_is_forgotten(server):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (server.cluster / "postmaster.pid").write_text(f"{stranger.pid}\n{server.cluster}\n")
        server.clear_stale()
        assert not (server.cluster / "postmaster.pid").exists()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_server_without_its_supervisor_is_stopped(home, server):
    server.start()
    pid = server.process.pid
    later = Postgres(home, home.parent / "postgres.log", fast=True)
    later.prepare()
    server.process.wait(10)
    assert identity(pid) is None


def test_no_network_port_is_opened(server):
    assert "listen_addresses=" in server.command()
    assert server.url("rapport").startswith("postgresql:///rapport?host=%2F")


def test_cluster_of_another_version_is_refused(server):
    version = server.cluster / "PG_VERSION"
    kept = version.read_text()
    version.write_text("9\n")
    try:
        with pytest.raises(StackError, match="was made by PostgreSQL 9"):
            server.prepare()
    finally:
        version.write_text(kept)


def test_home_is_linked_elsewhere_when_the_account_cannot_reach_it(tmp_path):
    if os.getuid() != 0:
        pytest.skip("only root runs PostgreSQL as another account")
    tmp_path.chmod(0o700)
    account = unprivileged_account()
    assert isinstance(account, Account)
    data = tmp_path / "data"
    data.mkdir()
    chosen = choose_home(data, account)
    try:
        assert (data / "postgres").is_symlink()
        assert choose_home(data, account) == chosen
    finally:
        chosen.rmdir()


def test_missing_elsewhere_is_one_sentence(tmp_path):
    (tmp_path / "postgres").symlink_to(tmp_path / "gone")
    with pytest.raises(StackError, match="which is missing"):
        choose_home(tmp_path, None)


@pytest.mark.parametrize(("memory", "megabytes"), [(512 * 1024**2, 128), (4 * 1024**3, 512), (64 * 1024**3, 4096)])
def test_cache_is_an_eighth_of_the_memory_within_bounds(memory, megabytes):
    assert shared_megabytes(memory) == megabytes


def test_a_container_may_use_less_than_the_machine_has(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(module, "CONTAINER_LIMIT", limit)
    whole = usable_memory()
    limit.write_text("max\n")
    assert usable_memory() == whole > 2**20
    limit.write_text(f"{2**20}\n")
    assert usable_memory() == 2**20
