"""Wake-ups for imports."""

from celery import shared_task

from contacts.services.running import run_import as work_on_import


@shared_task(name="contacts.run_import")
def run_import(import_id: int) -> None:
    """Go on with an import, or with undoing it."""
    work_on_import(import_id=import_id)
