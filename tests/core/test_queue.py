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
