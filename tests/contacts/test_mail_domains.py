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

    assert [said.answer for said in mx.ask_many(domains, resolver(names), 20).values()] == [
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
    assert mx.ask_many(["mail.nz"], resolver(names), 0) == {"mail.nz": mx.Said("unknown")}
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


@pytest.mark.parametrize(
    ("records", "keeper"),
    [
        (["10 alt1.aspmx.l.google.com.", "1 ASPMX.L.GOOGLE.COM."], "google"),
        (["1 smtp.google.com."], "google"),
        (["0 kea-nz.mail.protection.outlook.com."], "microsoft"),
        (["0 kea-nz.o-v1.mx.microsoft."], "microsoft"),
        (["1 mx-biz.mail.am0.yahoodns.net."], "yahoo"),
        (["10 mx01.mail.icloud.com."], "apple"),
        (["10 mx.yandex.net."], "yandex"),
        # A filter in front, and a name that only looks alike.
        (["10 mxa-1.gslb.pphosted.com.", "20 aspmx.l.google.com."], ""),
        (["10 mx.notgoogle.com."], ""),
    ],
)
def test_mail_servers_tell_who_keeps_the_mailboxes(names, records, keeper):
    names.records["kea.nz", "MX"] = records

    assert mx.ask("kea.nz", resolver(names)) == ("mail", keeper)


def test_a_name_that_tells_already_needs_no_keeper(names):
    names.records["gmail.com", "MX"] = ["5 gmail-smtp-in.l.google.com."]

    assert mx.ask("gmail.com", resolver(names)) == ("mail", "")


@pytest.mark.django_db
def test_who_keeps_a_domain_is_noted_and_outlives_silence(workspace, names):
    make_contact(workspace, "ada@kea.nz")
    note_domains(workspace)
    assert MailDomain.objects.get().keeper is None
    names.records["kea.nz", "MX"] = ["1 smtp.google.com."]
    check_domains()
    assert MailDomain.objects.get().keeper == "google"

    names.failing.add("kea.nz")
    later(days=30)
    assert check_domains() == 1
    assert MailDomain.objects.get().keeper == "google"

    names.failing.clear()
    names.records["kea.nz", "MX"] = ["1 mx.kea.nz."]
    later(days=1)
    check_domains()
    assert MailDomain.objects.get().keeper == ""


@pytest.mark.django_db
def test_domains_with_most_people_are_asked_about_first(workspace, names, monkeypatch):
    monkeypatch.setattr(mail_domains, "BATCH", 1)
    for number in range(3):
        make_contact(workspace, f"{number}@many.nz")
    make_contact(workspace, "ada@few.nz")
    note_domains(workspace)

    check_domains()

    assert "many.nz" in names.asked
    assert "few.nz" not in names.asked


@pytest.mark.django_db
def test_a_domain_with_many_people_and_no_keeper_noted_need_not_wait(workspace, names, monkeypatch):
    monkeypatch.setattr(mail_domains, "MANY_PEOPLE", 2)
    in_a_month = now() + dt.timedelta(days=30)
    for domain, keeper in (("many.nz", None), ("few.nz", None), ("seen.nz", ""), ("bad.nz", None)):
        answer = "no_mail" if domain == "bad.nz" else "mail"
        MailDomain.objects.create(domain=domain, answer=answer, keeper=keeper, next_check_at=in_a_month)
    for domain, people in (("many.nz", 2), ("few.nz", 1), ("seen.nz", 2), ("bad.nz", 2)):
        for number in range(people):
            make_contact(workspace, f"{number}@{domain}")

    note_domains(workspace)

    assert list(MailDomain.objects.due(now()).values_list("pk", flat=True)) == ["many.nz"]
