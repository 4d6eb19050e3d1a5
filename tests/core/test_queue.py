"""Wake-ups while the broker is away."""

from pathlib import Path

import pytest
from celery import Celery

from core import queue


def away() -> None:
    """A task nobody will run."""


@pytest.mark.parametrize("broker", ["redis+socket://{folder}/nobody.sock", "redis://127.0.0.1:1/0"])
def test_broker_that_is_down_is_logged_and_not_raised(
    broker: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = Celery("away", broker=broker.format(folder=tmp_path), set_as_current=False)
    task = app.task(away, name="core.away")

    queue._publish(task, {}, None)

    assert [record.getMessage() for record in caplog.records] == [
        "broker_unreachable task=core.away error=OperationalError"
    ]


def test_interruption_is_not_taken_for_a_broker_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Celery("away", broker="memory://", set_as_current=False)
    task = app.task(away, name="core.away")

    def interrupt(**_kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(task, "apply_async", interrupt)

    with pytest.raises(KeyboardInterrupt):
        queue._publish(task, {}, None)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tasks that are published; nothing was published before."""
    names: list[str] = []
    monkeypatch.setattr(queue, "_publish", lambda task, _kwargs, _expires: names.append(task.name))
    monkeypatch.setattr(queue, "_last", {})
    monkeypatch.setattr(queue, "_planned", {})
    return names


class Task:
    """A task as far as wake-ups know it."""

    name = "core.away"


def test_many_wakeups_are_the_first_and_one_after_the_last(
    published: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[tuple[float, list[Task]]] = []

    class Timer:
        def __init__(self, wait: float, _do: object, values: list[Task]) -> None:
            plans.append((wait, values))

        def start(self) -> None:
            """Later, by the test."""

    monkeypatch.setattr(queue.threading, "Timer", Timer)

    for _commit in range(5):
        queue._publish_gathered(Task())

    assert published == ["core.away"]
    ((wait, values),) = plans
    assert 0 < wait <= queue.GATHER_SECONDS

    queue._publish_planned(*values)

    assert published == ["core.away"] * 2

    queue._publish_gathered(Task())

    assert published == ["core.away"] * 2
    assert len(plans) == 2


def test_wakeup_after_a_pause_is_published_at_once(published: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    queue._publish_gathered(Task())
    monkeypatch.setitem(queue._last, "core.away", queue.time.monotonic() - queue.GATHER_SECONDS)

    queue._publish_gathered(Task())

    assert published == ["core.away"] * 2
    assert not queue._planned


def test_plan_that_nobody_kept_stands_in_nobodys_way(published: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(queue._planned, "core.away", queue.time.monotonic() - 1)

    queue._publish_gathered(Task())

    assert published == ["core.away"]
