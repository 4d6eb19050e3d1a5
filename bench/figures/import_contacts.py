"""import, import_update: a CSV file of 12 columns from upload to searchable people, and the same file again."""

import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from django.core.files import File
from django.db import connection

from bench.figure import Figure
from bench.processor import database_seconds
from bench.world import HEADINGS, Bench
from contacts.importing.columns import Column
from contacts.models import Contact, Import
from contacts.services.imports import start_import
from contacts.services.uploading import headings, upload_import

TARGETS = (
    "external_id",
    "email",
    "first_name",
    "last_name",
    "phone",
    "language",
    "time_zone",
    "country",
    "tags",
    "new:date",
    "new:number",
    "new:text",
)


class Imported(NamedTuple):
    """One import: how long it took, the most memory its process held, and the CPU seconds of both sides."""

    import_: Import
    seconds: float
    memory: float
    own_cpu: float
    database_cpu: float


def run(bench: Bench) -> list[Figure]:
    """Rows per second fresh and again, beside a plain COPY of the same file into a bare table."""
    bench.reset()
    path = bench.people_file()
    baseline = bench.rows / _plain_copy(path)
    figures = []
    for name, target in (("import", 30_000), ("import_update", 15_000)):
        done = import_file(bench, path)
        if Contact.objects.count() != bench.rows or done.import_.rejected:
            raise RuntimeError(f"{name}: {done.import_.created} created, {done.import_.rejected} rejected")
        more = {"seconds": done.seconds, "own_cpu": done.own_cpu, "database_cpu": done.database_cpu}
        figures.append(Figure(name, bench.rows / done.seconds, "rows/s", baseline, target, more=more))
        figures.append(Figure(f"{name}_memory", done.memory, "MB", None, 300, is_less_better=True))
    return figures


def import_file(bench: Bench, path: Path) -> Imported:
    """Import the file in a process of its own; all of it happens in that one.

    Seconds are those of the upload and of the work; a worker that has to be started first is not what is measured.
    """
    began = time.monotonic()
    with path.open("rb") as file:
        import_ = upload_import(workspace=bench.workspace, file=File(file, name=path.name), actor=bench.owner)
    targets = TARGETS if not Import.objects.exclude(pk=import_.pk).exists() else _known_targets()
    columns = [Column(heading, target) for heading, target in zip(headings(import_), targets, strict=True)]
    start_import(import_=import_, columns=columns, options={"mode": "upsert"}, actor=bench.owner)
    uploading = time.monotonic() - began
    used_before = database_seconds()
    command = [sys.executable, "-m", "bench.worker", str(import_.pk)]
    worker = subprocess.run(command, capture_output=True, text=True, check=True)
    database_cpu = database_seconds() - used_before
    import_.refresh_from_db()
    if import_.started_at is None or import_.finished_at is None or import_.status != Import.Status.DONE:
        raise RuntimeError(f"the import ended as {import_.status}: {import_.error}")
    working = (import_.finished_at - import_.started_at).total_seconds()
    memory, own_cpu = map(float, worker.stdout.split()[-2:])
    return Imported(import_, uploading + working, memory, own_cpu, database_cpu)


def _known_targets() -> tuple[str, ...]:
    names = HEADINGS.split(",")
    return tuple(
        f"attribute:{name.replace(' ', '_')}" if target.startswith("new:") else target
        for name, target in zip(names, TARGETS, strict=True)
    )


def _plain_copy(path: Path) -> float:
    """Seconds that PostgreSQL alone needs to take the file into a table without anything."""
    columns = ", ".join(f'"{name}" text' for name in HEADINGS.split(","))
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_copy ({columns})")
        with path.open("rb") as file, cursor.copy("COPY bench_copy FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
            while block := file.read(1024 * 1024):
                copy.write(block)
        seconds = time.monotonic() - started
        cursor.execute("DROP TABLE bench_copy")
    return seconds
