"""What delivery does when other apps say that something happened."""

from collections.abc import Callable

from accounts.models import Workspace
from contacts.models import Contact
from contacts.services import erase_contact
from delivery.models import Dispatch, Message, MessageFact
from delivery.services import report_of
from events.services import record, run_due_handlers

Make = Callable[..., Contact]
Launch = Callable[[], Dispatch]


def test_erased_person_leaves_no_trace_in_messages(agreed: Make, launch: Launch) -> None:
    contact = agreed("lina@lake.example")
    dispatch = launch()
    Message.objects.update(status="sent", detail="250 ok lina@lake.example")

    erase_contact(contact=contact)
    run_due_handlers()

    row = Message.objects.get()
    assert (row.contact_id, row.recipient, row.detail, row.status) == (None, "", "", "sent")
    assert report_of(dispatch).sent == 1


def test_waiting_message_to_an_erased_person_is_never_sent(agreed: Make, launch: Launch) -> None:
    contact = agreed("lina@lake.example")
    launch()

    erase_contact(contact=contact)
    run_due_handlers()

    row = Message.objects.get()
    assert (row.status, row.reason) == ("skipped", "erased")


def test_withdrawal_counts_for_the_message_that_led_to_it(workspace: Workspace, agreed: Make, launch: Launch) -> None:
    contact = agreed("lina@lake.example")
    dispatch = launch()
    message = Message.objects.get()
    record(workspace, "consent.withdrawn", contact_id=contact.pk, properties={"message": str(message.public_id)})
    run_due_handlers()

    assert list(MessageFact.objects.values_list("action", "message")) == [("unsubscribed", message.pk)]
    assert report_of(dispatch).unsubscribed == 1


def test_withdrawal_with_somebody_elses_message_counts_nowhere(
    workspace: Workspace, agreed: Make, launch: Launch
) -> None:
    agreed("lina@lake.example")
    launch()
    other = agreed("other@lake.example")
    message = Message.objects.get()
    record(workspace, "consent.withdrawn", contact_id=other.pk, properties={"message": str(message.public_id)})
    run_due_handlers()

    assert not MessageFact.objects.exists()
