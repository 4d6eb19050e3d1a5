"""Looking up mail servers: what is believed, when, and what moves with it."""

import datetime as dt

import pytest

from contacts.models import Address, AddressState, MailDomain
from contacts.services import mail_domains
from contacts.services.mail_domains import apply_known_answers, check_domains, note_domains
from contacts.validity import mx
from core.clock import now
from tests.cast import make_contact
from tests.contacts.name_server import name_server

NULL_MX = ["0 ."]


@pytest.fixture
def names(settings):
    with name_server() as server:
        settings.MAIL_CHECKS = True
        settings.DNS_SERVER = server.address
        yield server


def resolver(server, seconds=0.4):
    chosen = mx.resolver_for(server.address)
    chosen.lifetime = chosen.timeout = seconds
    return chosen


def later(days):
    """As if the last answers had been given so many days ago."""
    for row in MailDomain.objects.all():
        row.next_check_at = now() - dt.timedelta(seconds=1)
        row.bad_since = row.bad_since and row.bad_since - dt.timedelta(days=days)
        row.save()


def test_answers_are_told_apart(names):
    names.records |= {
        ("mail.nz", "MX"): ["10 mx.mail.nz."],
        ("null.nz", "MX"): NULL_MX,
        ("plain.nz", "A"): ["192.0.2.1"],
        ("six.nz", "AAAA"): ["2001:db8::1"],
        ("bare.nz", "TXT"): ['"nothing"'],
    }
    names.failing.add("broken.nz")
    names.silent.add("silent.nz")
    domains = ["mail.nz", "null.nz", "plain.nz", "six.nz", "bare.nz", "missing.nz", "broken.nz", "silent.nz", "a..b"]

    assert list(mx.ask_many(domains, resolver(names), 20).values()) == [
        "mail",
        "no_mail",
        "mail",
        "mail",
        "no_server",
        "missing",
        "unknown",
        "unknown",
        "unknown",
    ]


def test_time_runs_out_without_an_answer(names):
    assert mx.ask_many(["mail.nz"], resolver(names), 0) == {"mail.nz": "unknown"}
    assert names.asked == []


@pytest.mark.parametrize(
    ("domain", "is_public"), [("lake.example", False), ("example.org", False), ("kea.nz", True), ("localhost", False)]
)
def test_reserved_names_are_not_asked_about(domain, is_public):
    assert mx.is_public(domain) == is_public


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("::1", ("::1", 53)),
        ("[::1]:54", ("::1", 54)),
    ],
)
def test_the_name_server_may_have_a_port(server, expected):
    found = mx.resolver_for(server)

    assert (found.nameservers, found.port) == ([expected[0]], expected[1])


@pytest.mark.django_db
def test_a_null_mx_makes_addresses_invalid_at_once(workspace, names):
    address = make_contact(workspace, "ada@null.nz").addresses.get()
    names.records["null.nz", "MX"] = NULL_MX
    note_domains(workspace)

    assert check_domains() == 1

    address.refresh_from_db()
    assert (address.status, address.status_reason) == ("invalid", "no_mail")
    assert AddressState.objects.values_list("status", "source").get() == ("invalid", "mail_check")
    assert MailDomain.objects.get().answer == "no_mail"


@pytest.mark.django_db
def test_a_missing_domain_is_believed_the_second_time_days_later(workspace, names):
    address = make_contact(workspace, "ada@gone.nz").addresses.get()
    note_domains(workspace)

    check_domains()
    address.refresh_from_db()
    assert (address.status, MailDomain.objects.get().answer) == ("unverified", "unknown")
    assert check_domains() == 0

    later(days=3)
    check_domains()
    address.refresh_from_db()
    assert (address.status, address.status_reason) == ("invalid", "domain_missing")


@pytest.mark.django_db
def test_a_domain_missing_twice_within_an_hour_is_not_believed(workspace, names):
    make_contact(workspace, "ada@gone.nz")
    note_domains(workspace)

    check_domains()
    later(days=0)
    check_domains()

    assert Address.objects.get().status == "unverified"


@pytest.mark.django_db
def test_a_domain_that_comes_back_takes_its_addresses_with_it(workspace, names):
    address = make_contact(workspace, "ada@null.nz").addresses.get()
    by_hand = make_contact(workspace, "bob@null.nz").addresses.get()
    Address.objects.filter(pk=by_hand.pk).update(status="invalid", status_reason="moved", status_at=now())
    names.records["null.nz", "MX"] = NULL_MX
    note_domains(workspace)
    check_domains()

    names.records["null.nz", "MX"] = ["10 mx.null.nz."]
    later(days=1)
    check_domains()

    address.refresh_from_db()
    by_hand.refresh_from_db()
    assert (address.status, address.status_reason) == ("unverified", "")
    assert (by_hand.status, by_hand.status_reason) == ("invalid", "moved")


@pytest.mark.django_db
def test_no_answer_says_nothing(workspace, names):
    make_contact(workspace, "ada@broken.nz")
    names.failing.add("broken.nz")
    note_domains(workspace)

    assert check_domains() == 1

    row = MailDomain.objects.get()
    assert (row.answer, row.checked_at) == ("unknown", None)
    assert row.next_check_at > now()


@pytest.mark.django_db
def test_nothing_is_kept_where_dns_does_not_work(workspace, names):
    make_contact(workspace, "ada@gone.nz")
    names.failing.add(".")
    note_domains(workspace)

    assert check_domains() == 0

    assert MailDomain.objects.get().bad_since is None


@pytest.mark.django_db
def test_nobody_is_asked_where_it_is_switched_off(workspace, names, settings):
    settings.MAIL_CHECKS = False
    make_contact(workspace, "ada@gone.nz")
    note_domains(workspace)

    mail_domains.wake_checks()
    assert check_domains() == 0
    assert names.asked == []


@pytest.mark.django_db
def test_people_who_come_later_meet_what_is_known(workspace, other_workspace):
    MailDomain.objects.create(domain="null.nz", answer="no_mail", next_check_at=now())
    for place in (workspace, other_workspace):
        make_contact(place, "ada@null.nz")

    assert apply_known_answers(workspace) == 1

    assert set(Address.objects.values_list("workspace", "status")) == {
        (workspace.pk, "invalid"),
        (other_workspace.pk, "unverified"),
    }


@pytest.mark.django_db
def test_domains_are_noted_once_and_reserved_ones_never(workspace):
    for email in ("ada@kea.nz", "bob@kea.nz", "eve@lake.example"):
        make_contact(workspace, email)

    note_domains(workspace)
    note_domains(workspace)

    assert list(MailDomain.objects.values_list("domain", flat=True)) == ["kea.nz"]
