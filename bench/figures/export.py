"""export: everybody to a CSV file, the way a worker writes it, with its memory; beside a plain COPY of the columns."""

import subprocess
import sys
import time

from django.db import connection

from bench.figure import Figure
from bench.world import Bench
from contacts.exporting.columns import columns_of, usual_columns
from contacts.exporting.wish import Wish
from contacts.models import Export
from contacts.services import start_export


def run(bench: Bench) -> list[Figure]:
    """People per second, all usual columns, formulas disarmed."""
    bench.have_contacts()
    columns = usual_columns(columns_of(bench.workspace).values())
    export = start_export(workspace=bench.workspace, wish=Wish(columns=columns), actor=bench.owner)
    command = [sys.executable, "-m", "bench.export_worker", str(export.pk)]
    worker = subprocess.run(command, capture_output=True, text=True, check=True)
    export.refresh_from_db()
    if export.status != Export.Status.DONE or export.rows != bench.rows:
        raise RuntimeError(f"the export ended as {export.status} with {export.rows} people: {export.error}")
    if export.started_at is None or export.finished_at is None:
        raise RuntimeError("the export has no times")
    seconds = (export.finished_at - export.started_at).total_seconds()
    more = {"rss_mb": float(worker.stdout.split()[-1]), "seconds": seconds, "file_mb": export.file_size / 1024**2}
    export.file.delete(save=False)
    return [Figure("export", bench.rows / seconds, "rows/s", bench.rows / _plain_copy(bench), 50_000, more=more)]


def _plain_copy(bench: Bench) -> float:
    """Seconds that PostgreSQL alone needs to send the same columns."""
    columns = (
        "external_id, email, first_name, last_name, phone, language, time_zone, country, tags,"
        " attributes ->> 'last_stay', attributes ->> 'visits', attributes ->> 'plan', created_at"
    )
    started = time.monotonic()
    with connection.cursor() as cursor:
        statement = f"COPY (SELECT {columns} FROM contacts_contact) TO STDOUT WITH (FORMAT csv)"
        with cursor.copy(statement) as copy:
            for _row in copy:
                pass
    return time.monotonic() - started
