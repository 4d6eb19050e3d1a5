"""Throw-away servers for tests, checks and benchmarks: no durability, all gone at the end."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from stack.postgres import Postgres
from stack.processes import identity
from stack.valkey import Valkey

PREFIX = "rapport-test-"


@dataclass
class TestServers:
    """Running servers; give `environment` to the processes that use them and call `stop` at the end."""

    __test__ = False  # not a test class, whatever pytest makes of the name

    home: Path
    postgres: Postgres
    valkey: Valkey

    @property
    def environment(self) -> dict[str, str]:
        """DATABASE_URL (database `rapport`), BROKER_URL, CACHE_URL, DATA_DIR and RAPPORT_ENV=test."""
        return {
            "RAPPORT_ENV": "test",
            "DATABASE_URL": self.postgres.url("rapport"),
            "BROKER_URL": self.valkey.broker_url(),
            "CACHE_URL": self.valkey.cache_url(),
            "DATA_DIR": str(self.home / "data"),
        }

    def stop(self) -> None:
        """Stop the servers and remove every file of theirs."""
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.postgres.sockets, ignore_errors=True)
        shutil.rmtree(self.valkey.socket.parent, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)


def start(*, durable: bool = False) -> TestServers:
    """Start PostgreSQL and Valkey in a temporary directory (about half a second).

    `durable` keeps fsync on, for figures that depend on it. Linux stops the servers when the calling process ends,
    however it ends. Raises StackError when they cannot be started.
    """
    remove_abandoned()
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    home.chmod(0o711)
    (home / "owner").write_text(f"{os.getpid()} {identity(os.getpid())}")
    (home / "data" / "static").mkdir(parents=True, mode=0o700)
    postgres = Postgres(home / "postgres", home / "postgres.log", fast=not durable)
    valkey = Valkey(home / "valkey", home / "valkey.log", durable=False)
    try:
        postgres.prepare()
        postgres.start()
        postgres.create_database("rapport")
        valkey.prepare()
        valkey.start()
    except BaseException:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)
        raise
    return TestServers(home, postgres, valkey)


def remove_abandoned() -> None:
    """Remove what runs left behind that were killed before they could tidy up; only this account's own."""
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            pid, _space, known = (home / "owner").read_text().partition(" ")
            if home.stat().st_uid == os.getuid() and identity(int(pid)) != known:
                shutil.rmtree(home, ignore_errors=True)
        except (OSError, ValueError):
            continue
