"""Wake-ups for imports and exports, for hygiene figures and look-ups."""

from celery import shared_task

from contacts.services.attribute_changes import run_change
from contacts.services.exports import run_export as write_export
from contacts.services.finding_duplicates import find_duplicates as search_for_duplicates
from contacts.services.hygiene import run_refresh
from contacts.services.look_ups import run_look_up as ask_provider
from contacts.services.mail_domains import check_domains
from contacts.services.merging_many import run_batch as work_on_merges
from contacts.services.rehearsing import run_rehearsal
from contacts.services.running import run_import as work_on_import


@shared_task(name="contacts.change_attribute")
def change_attribute(change_id: int) -> None:
    """Go on with changing everybody's values of an attribute, or with taking that back."""
    run_change(change_id=change_id)


@shared_task(name="contacts.run_import")
def run_import(import_id: int) -> None:
    """Go on with an import, or with undoing it."""
    work_on_import(import_id=import_id)


@shared_task(name="contacts.run_export")
def run_export(export_id: int) -> None:
    """Write the file of an export."""
    write_export(export_id=export_id)


@shared_task(name="contacts.rehearse_import")
def rehearse_import(import_id: int) -> None:
    """Count what an import would do."""
    run_rehearsal(import_id=import_id)


@shared_task(name="contacts.find_duplicates")
def find_duplicates(workspace_id: int) -> None:
    """Look for people known twice."""
    search_for_duplicates(workspace_id=workspace_id)


@shared_task(name="contacts.run_merge_batch")
def run_merge_batch(batch_id: int) -> None:
    """Go on with merging the groups that are certain, or with taking that back."""
    work_on_merges(batch_id=batch_id)


@shared_task(name="contacts.refresh_hygiene")
def refresh_hygiene(workspace_id: int) -> None:
    """Count a workspace's hygiene figures."""
    run_refresh(workspace_id=workspace_id)


@shared_task(name="contacts.check_mail_domains")
def check_mail_domains() -> None:
    """Ask DNS about the next domains."""
    check_domains()


@shared_task(name="contacts.run_look_up")
def run_look_up(run_id: int) -> None:
    """Go on asking a provider about numbers."""
    ask_provider(run_id=run_id)
