"""Every queue has a worker, on one machine, in containers and where processes are listed."""

import re

import pytest
from celery import current_app

from config.celery import app
from stack.children import application_children
from stack.places import ROOT


def queues_of(words: str) -> set[str]:
    """The queues that workers started by these words listen to."""
    found = re.findall(r'-Q[" ,]+([a-z,]+)', words)
    return {queue for one in found for queue in one.split(",")}


def routed() -> set[str]:
    """The queues that tasks of ours are sent to."""
    app.loader.import_default_modules()
    names = [name for name in current_app.tasks if not name.startswith("celery.")]
    return {app.amqp.router.route({}, name)["queue"].name for name in names}


def test_workers_of_one_machine_listen_to_every_queue(tmp_path):
    children = application_children({}, tmp_path, "127.0.0.1", 0)

    assert queues_of("\n".join(" ".join(child.command) for child in children)) == routed()


def test_workers_in_containers_listen_to_every_queue():
    assert queues_of((ROOT / "compose.yaml").read_text()) == routed()


def test_workers_of_the_procfile_listen_to_every_queue():
    assert queues_of((ROOT / "Procfile").read_text()) == routed()


def test_a_launch_stands_behind_nothing_that_is_done_once_a_day():
    queues = {name: app.amqp.router.route({}, name)["queue"].name for name in current_app.tasks}

    daily = {name for name, queue in queues.items() if queue == "daily"}
    assert {"contacts.refresh_hygiene", "consent.check_ledger", "core.check_summaries"} <= daily
    assert queues["campaigns.launch"] == "launch"


@pytest.mark.parametrize(("cores", "processes"), [(None, 2), (1, 2), (2, 3), (64, 8)])
def test_one_more_process_sends_than_there_are_cores(tmp_path, monkeypatch, cores, processes):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    children = {child.name: child.command for child in application_children({}, tmp_path, "127.0.0.1", 0)}

    words = list(children["worker-bulk"])
    assert words[words.index("-c") + 1] == str(processes)
