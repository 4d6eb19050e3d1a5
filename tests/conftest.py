"""Real servers for every test: an embedded PostgreSQL and a broker, started once for the whole run."""

import os

import django
import django.conf
import hypothesis
import pytest
from django.core.cache import cache

from stack import testing

os.environ["RAPPORT_ENV"] = "test"

_servers: testing.TestServers | None = None


def _start_servers() -> None:
    """Start the servers in the first process; xdist's workers inherit their addresses."""
    global _servers  # noqa: PLW0603 - one per run
    if "RAPPORT_TEST_SERVERS" in os.environ:
        return
    _servers = testing.start()
    os.environ.update(_servers.environment)
    os.environ["RAPPORT_TEST_SERVERS"] = "1"


_start_servers()
# Each parallel worker counts rate limits in a cache of its own, so that it may empty it.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
os.environ["CACHE_URL"] = os.environ["CACHE_URL"].rpartition("?")[0] + f"?db={_worker + 1}"
# Settings read the environment, so they are named only now; in pyproject.toml they would be loaded before the servers.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
# Workers inherit the settings' name from the first process, so there they are loaded before this file.
django.conf.settings.CACHES["default"]["LOCATION"] = os.environ["CACHE_URL"]
# How long an example takes says something about the machine and nothing about the code.
hypothesis.settings.register_profile("rapport", deadline=None)
hypothesis.settings.load_profile("rapport")
# A hash that is slow on purpose costs every test that makes a user a tenth of a second.
django.conf.settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started."""
    if _servers is not None:
        _servers.stop()


pytest_plugins = ["tests.cast"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's event loop stays in its worker, and no other loop can run there any more."""
    items.sort(key=lambda item: "tests/e2e/" in item.nodeid)


@pytest.fixture(autouse=True)
def _forget_limits() -> None:
    """No test is slowed down by what an earlier one used up."""
    cache.clear()
