"""Number checks: what they ask, what they keep, and what moves with the answers."""

import pytest

from accounts.models import AuditEntry
from contacts.lookups import providers
from contacts.lookups.local import LocalNumberCheck
from contacts.lookups.providers import Answer, Unavailable
from contacts.models import Address, Contact, LookUp, LookUpRun
from contacts.services import InvalidContact
from contacts.services.look_ups import WAITS, count_group, run_look_up, start_look_up, stop_look_up
from core.clock import now

pytestmark = pytest.mark.django_db
LOCAL = LocalNumberCheck()


def phones(workspace, *numbers, status="unverified"):
    people = [Contact.objects.create(workspace=workspace, phone=number) for number in numbers]
    return [
        Address.objects.create(workspace=workspace, contact=person, channel="sms", value=person.phone, status=status)
        for person in people
    ]


def start(workspace, **values):
    return start_look_up(workspace=workspace, **{"provider": "local", "group": "unverified", "limit": 100} | values)


def states():
    return dict(Address.objects.values_list("value", "status"))


def test_answers_are_kept_and_move_the_states(workspace, owner):
    phones(workspace, "+64211111100", "+64211111101", "+64211111102", "+64211111103", "+64211111104")
    run = start(workspace, actor=owner)

    run_look_up(run_id=run.pk)

    run.refresh_from_db()
    assert (run.status, run.total, run.done) == ("done", 5, 5)
    assert run.counts == {"absent": 1, "unreachable": 1, "unknown": 1, "live": 2}
    assert [states()[f"+642111111{end}"] for end in ("00", "01", "02", "03", "04")] == [
        "dead",
        "risky",
        "unverified",
        "valid",
        "valid",
    ]
    ported = LookUp.objects.get(address__value="+64211111103")
    assert (ported.answer, ported.network, ported.ported_to) == ("live", "Test network", "Other test network")
    assert AuditEntry.objects.get(action="look_up.started").detail["cost"] == "0.020 EUR"


def test_batches_go_on_where_the_last_ended(workspace, monkeypatch):
    monkeypatch.setattr(LocalNumberCheck, "batch_size", 2)
    phones(workspace, *(f"+6421111120{n}" for n in range(3, 8)))
    run = start(workspace)

    run_look_up(run_id=run.pk)

    assert LookUp.objects.count() == 5
    assert LookUpRun.objects.get().done == 5


def test_a_run_asks_about_no_more_than_its_limit(workspace):
    phones(workspace, *(f"+6421111120{n}" for n in range(3, 8)))
    run = start(workspace, limit=2)

    run_look_up(run_id=run.pk)

    assert LookUp.objects.count() == 2


def test_what_was_asked_lately_is_not_paid_for_again(workspace):
    phones(workspace, "+64211111102")
    run_look_up(run_id=start(workspace).pk)

    assert count_group(workspace, LOCAL, "unverified") == 0
    with pytest.raises(InvalidContact):
        start(workspace)

    assert LookUpRun.objects.count() == 1


def test_only_the_group_in_the_workspace_is_asked_about(workspace, other_workspace):
    phones(workspace, "+64211111104", status="risky")
    phones(other_workspace, "+64211111105")
    Address.objects.create(
        workspace=workspace,
        contact=Contact.objects.create(workspace=workspace),
        channel="email",
        value="ada@lake.example",
    )

    with pytest.raises(InvalidContact):
        start(workspace)
    run_look_up(run_id=start(workspace, group="risky").pk)

    assert states() == {"+64211111104": "valid", "+64211111105": "unverified", "ada@lake.example": "unverified"}


@pytest.mark.parametrize("values", [{"provider": "none"}, {"group": "none"}, {"limit": 0}, {"limit": 100_001}])
def test_a_run_that_cannot_be_is_refused(workspace, values):
    phones(workspace, "+64211111104")

    with pytest.raises(InvalidContact):
        start(workspace, **values)

    assert not LookUpRun.objects.exists()
    assert not AuditEntry.objects.exists()


def test_there_is_one_run_at_a_time(workspace):
    phones(workspace, "+64211111104", "+64211111105")
    start(workspace, limit=1)

    with pytest.raises(InvalidContact):
        start(workspace)


def test_a_run_waits_for_its_provider_and_gives_up_at_last(workspace):
    phones(workspace, "+64211110999")
    run = start(workspace)

    run_look_up(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.attempts, run.done) == ("running", 1, 0)
    assert run.next_at > now()
    run_look_up(run_id=run.pk)
    run.refresh_from_db()
    assert run.attempts == 1

    for _attempt in WAITS:
        LookUpRun.objects.update(next_at=now())
        run_look_up(run_id=run.pk)
    run.refresh_from_db()
    assert run.status == "failed"
    assert not LookUp.objects.exists()


def test_a_provider_that_comes_back_is_asked_again(workspace, monkeypatch):
    phones(workspace, "+64211111104")
    run = start(workspace)

    def away(self, batch):
        raise Unavailable("busy", seconds=600)

    with monkeypatch.context() as patch:
        patch.setattr(LocalNumberCheck, "check", away)
        run_look_up(run_id=run.pk)
    run.refresh_from_db()
    assert (run.next_at - now()).total_seconds() > 500

    LookUpRun.objects.update(next_at=now())
    run_look_up(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.done, run.attempts) == ("done", 1, 0)


def test_a_stopped_run_ends_and_keeps_its_answers(workspace, owner, monkeypatch):
    monkeypatch.setattr(LocalNumberCheck, "batch_size", 1)
    phones(workspace, "+64211111104", "+64211111105")
    run = start(workspace)
    real = LocalNumberCheck.check

    def stopping(self, batch):
        stop_look_up(run=run, actor=owner)
        return real(self, batch)

    monkeypatch.setattr(LocalNumberCheck, "check", stopping)
    run_look_up(run_id=run.pk)

    run.refresh_from_db()
    assert (run.status, run.done) == ("stopped", 1)
    assert LookUp.objects.count() == 1


def test_a_run_that_has_not_begun_is_stopped_at_once(workspace):
    phones(workspace, "+64211111104")
    run = start(workspace)

    stop_look_up(run=run)
    run_look_up(run_id=run.pk)

    run.refresh_from_db()
    assert run.status == "stopped"
    assert not LookUp.objects.exists()


def test_a_missing_answer_is_unknown_and_a_foreign_one_is_dropped(workspace, monkeypatch):
    phones(workspace, "+64211111104")
    monkeypatch.setattr(LocalNumberCheck, "check", lambda self, batch: [Answer(value="+1", answer="live")])
    run = start(workspace)

    run_look_up(run_id=run.pk)

    assert LookUp.objects.get().answer == "unknown"
    assert states() == {"+64211111104": "unverified"}


def test_somebody_erased_meanwhile_is_skipped(workspace, monkeypatch):
    phones(workspace, "+64211111104", "+64211111105")
    real = LocalNumberCheck.check

    def erasing(self, batch):
        Contact.objects.filter(phone="+64211111104").delete()
        return real(self, batch)

    monkeypatch.setattr(LocalNumberCheck, "check", erasing)
    run_look_up(run_id=start(workspace).pk)

    assert states() == {"+64211111105": "valid"}


def test_a_number_the_check_buried_it_may_revive(workspace):
    (address,) = phones(workspace, "+64211111100")
    run_look_up(run_id=start(workspace).pk)
    assert states() == {"+64211111100": "dead"}

    LookUp.objects.all().delete()
    Address.objects.filter(pk=address.pk).update(value="+64211111104")
    run_look_up(run_id=start(workspace, group="dead").pk)

    assert states() == {"+64211111104": "valid"}


def test_providers_have_keys_of_their_own():
    class Other(LocalNumberCheck):
        pass

    with pytest.raises(ValueError, match="local"):
        providers.register(Other())
