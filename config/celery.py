"""The Celery application. Tasks only wake workers: tables are the queue (docs/adr/0004)."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("rapport")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def note_working(**_kwargs: Any) -> None:
    """A worker that has just started counts as seen, ten seconds before its first tick."""
    from core.services import beat

    beat("worker")


@task_prerun.connect
def follow_the_clock(**_kwargs: Any) -> None:
    """Whatever works through our tables goes by the database's clock."""
    from core.services import follow_database_clock

    follow_database_clock()
