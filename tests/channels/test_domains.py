"""Sending domains: keys, what DNS says about them, and the page that shows it. A name server on loopback answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User, Workspace
from channels import records
from channels.domain_page import shown_records
from channels.models import DomainKey, Sender, SendingDomain
from channels.services import (
    DomainRefused,
    add_domain,
    change_domain,
    domain_standing,
    load_identities,
    remove_domain,
    renew_keys,
)
from channels.services.domains import check_domains, wake_checks
from contacts.validity import mx
from core.clock import now
from tests.cast import client_of
from tests.contacts.name_server import NameServer, name_server

DOMAIN = "kea-cabins.nz"


@pytest.fixture
def dns(settings: Any) -> Iterator[NameServer]:
    with name_server() as server:
        settings.DNS_SERVER = server.address
        settings.SPF_TERMS = ["include:_spf.relay.nz"]
        settings.BOUNCE_ADDRESS = ""
        yield server


@pytest.fixture
def asked(dns: NameServer) -> records.Records:
    return records.Records(mx.resolver_for(dns.address))


@pytest.fixture
def domain(workspace: Workspace, owner: User) -> SendingDomain:
    return add_domain(workspace=workspace, actor=owner, domain=DOMAIN)


def txt(text: str) -> str:
    """A TXT record as DNS carries it: in pieces of at most 255."""
    return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))


def publish(dns: NameServer, *keys: DomainKey) -> None:
    for key in keys:
        dns.records[f"{key}", "TXT"] = [txt(f"v=DKIM1; k={key.algorithm}; p={key.public_key}")]


def states(domain: SendingDomain) -> tuple[str, str, str]:
    domain.refresh_from_db()
    return domain.spf, domain.dkim, domain.dmarc


SPF = [
    ([], "missing", "spf_missing"),
    (["v=spf1 include:_spf.relay.nz ~all"], "ok", ""),
    (["v=spf1 +include:_SPF.relay.nz -all"], "ok", ""),
    (["v=spf1 include:bundle.nz -all", "some other text"], "ok", ""),
    (["v=spf1 redirect=bundle.nz"], "ok", ""),
    (["v=spf1 mx -all"], "wrong", "spf_without_us"),
    (["v=spf1 include:_spf.relay.nz +all"], "wrong", "spf_all"),
    (["v=spf1 include:_spf.relay.nz -all", "v=spf1 mx -all"], "wrong", "spf_twice"),
    (["v=spf1 include:_spf.relay.nz " + "mx " * 10 + "-all"], "wrong", "spf_too_many"),
    (["v=spf1 include:loop.nz -all"], "wrong", "spf_too_many"),
    (["v=spf1 -all include:_spf.relay.nz"], "wrong", "spf_without_us"),
    (["v=spf1 ~all redirect=bundle.nz"], "wrong", "spf_without_us"),
    (["v=spf1 redirect=open.nz"], "wrong", "spf_all"),
    (["v=spf1 include:open.nz -all"], "ok", ""),
    (["v=spf10 include:_spf.relay.nz -all"], "missing", "spf_missing"),
]


@pytest.mark.parametrize(("found", "state", "problem"), SPF)
def test_spf_is_judged(
    dns: NameServer, asked: records.Records, found: list[str], state: str, problem: str, settings: Any
) -> None:
    dns.records["bundle.nz", "TXT"] = [txt("v=spf1 include:_spf.relay.nz -all")]
    dns.records["open.nz", "TXT"] = [txt("v=spf1 include:_spf.relay.nz +all")]
    dns.records["loop.nz", "TXT"] = [txt("v=spf1 include:loop.nz -all")]
    if found:
        dns.records[DOMAIN, "TXT"] = [txt(text) for text in found]

    finding = records.check_spf(asked, DOMAIN, settings.SPF_TERMS)

    assert (finding.state, finding.problem) == (state, problem)


DMARC = [
    ({}, "missing", "dmarc_missing"),
    ({"_dmarc.news.kea.nz": ["v=DMARC1; p=none"]}, "ok", ""),
    ({"_dmarc.kea.nz": ["v=DMARC1;p=reject; rua=mailto:a@kea.nz"]}, "ok", ""),
    ({"_dmarc.nz": ["v=DMARC1; p=none"]}, "ok", ""),
    ({"_dmarc.kea.nz": ["v=DMARC1; rua=mailto:a@kea.nz"]}, "wrong", "dmarc_no_policy"),
    ({"_dmarc.kea.nz": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "wrong", "dmarc_twice"),
    ({"_dmarc.kea.nz": ["something else"]}, "missing", "dmarc_missing"),
    ({"_dmarc.kea.nz": ["v = DMARC1 ;p=none; sp=reject"]}, "ok", ""),
    ({"_dmarc.news.kea.nz": ["p=none; v=DMARC1"]}, "wrong", "dmarc_unreadable"),
    ({"_dmarc.news.kea.nz": ["v=dmarc1; p=none"]}, "wrong", "dmarc_unreadable"),
    ({"_dmarc.kea.nz": ["v=DMARC11; p=none"]}, "missing", "dmarc_missing"),
]


@pytest.mark.parametrize(("there", "state", "problem"), DMARC)
def test_dmarc_is_found_up_the_tree(
    dns: NameServer, asked: records.Records, there: dict[str, list[str]], state: str, problem: str
) -> None:
    dns.records.update({(name, "TXT"): [txt(text) for text in texts] for name, texts in there.items()})

    finding = records.check_dmarc(asked, "news.kea.nz")

    assert (finding.state, finding.problem) == (state, problem)


def test_a_key_that_is_there_twice_is_no_key(dns: NameServer, asked: records.Records) -> None:
    name = f"s._domainkey.{DOMAIN}"
    dns.records[name, "TXT"] = [txt("v=DKIM1; p=old"), txt("v=DKIM1; p=new")]

    finding = records.check_dkim(asked, name, "new")

    assert (finding.state, finding.problem) == ("wrong", "dkim_twice")


@pytest.mark.parametrize(
    ("there", "state", "problem"),
    [
        ({(DOMAIN, "MX"): ["10 mx.relay.nz."]}, "ok", ""),
        ({(DOMAIN, "A"): ["192.0.2.1"]}, "ok", ""),
        ({(DOMAIN, "MX"): ["0 ."], (DOMAIN, "A"): ["192.0.2.1"]}, "wrong", "mail_refused"),
        ({(DOMAIN, "TXT"): ['"x"']}, "missing", "mail_nowhere"),
        ({}, "missing", "mail_nowhere"),
    ],
)
def test_a_domain_that_writes_should_take_mail(
    dns: NameServer, asked: records.Records, there: dict[tuple[str, str], list[str]], state: str, problem: str
) -> None:
    dns.records.update(there)

    finding = records.check_mail(asked, DOMAIN)

    assert (finding.state, finding.problem, finding.name) == (state, problem, DOMAIN)


def test_each_from_domain_needs_its_own_spf(dns: NameServer, domain: SendingDomain) -> None:
    for name in (DOMAIN, f"news.{DOMAIN}"):
        Sender.objects.create(workspace=domain.workspace, name="A", email=f"a@{name}")
    dns.records[DOMAIN, "TXT"] = [txt("v=spf1 include:_spf.relay.nz ~all")]

    check_domains()

    assert states(domain)[0] == "missing"
    [spf] = [record for record in shown_records(domain) if str(record.title) == "SPF"]
    assert (spf.name, spf.is_needed, spf.label) == (f"news.{DOMAIN}", True, "Missing")


def test_what_no_receiver_asks_for_is_no_fault(dns: NameServer, domain: SendingDomain, settings: Any) -> None:
    sender = Sender.objects.create(
        workspace=domain.workspace, name="A", email=f"a@{DOMAIN}", smtp_url="brevo://K@", verified_at=now()
    )
    dns.records[f"_dmarc.{DOMAIN}", "TXT"] = [txt("v=DMARC1; p=none")]
    dns.records[DOMAIN, "MX"] = ["10 mx.relay.nz."]
    check_domains()
    domain.refresh_from_db()

    shown = {str(record.title): record for record in shown_records(domain)}
    assert list(shown) == ["DMARC", "DKIM key", "Second DKIM key", "SPF"]
    assert [record.label for record in shown.values()] == ["In order"] + ["Not needed"] * 3
    assert "include:spf.brevo.com" in str(shown["SPF"].note)
    standing = domain_standing(sender)
    assert (standing.lacking, standing.is_aligned, standing.is_ready) == ([], None, True)

    # The provider's key, as the guide of Brevo has it published.
    dns.records[f"brevo1._domainkey.{DOMAIN}", "TXT"] = [txt("v=DKIM1; k=rsa; p=MIGf")]
    SendingDomain.objects.update(next_check_at=now(), asked_at=now())
    check_domains()
    standing = domain_standing(sender)
    assert (standing.dkim, standing.is_aligned, standing.is_ready) == ("ok", True, True)

    # A name server that keeps silent for a while takes nothing of it back.
    dns.failing |= {f"brevo1._domainkey.{DOMAIN}", f"_dmarc.{DOMAIN}", DOMAIN}
    SendingDomain.objects.update(next_check_at=now(), asked_at=now())
    check_domains()
    assert domain_standing(sender).is_aligned is True
    domain.refresh_from_db()
    assert domain.findings["dmarc"]["found"] == ["v=DMARC1; p=none"]


def test_a_domain_that_takes_no_mail_is_told(dns: NameServer, domain: SendingDomain) -> None:
    sender = Sender.objects.create(workspace=domain.workspace, name="A", email=f"a@{DOMAIN}", verified_at=now())
    dns.records[DOMAIN, "MX"] = ["0 ."]
    check_domains()
    domain.refresh_from_db()

    assert str(shown_records(domain)[0].title) == "Mail to this domain"
    assert domain_standing(sender).mail_problem == "mail_refused"


def test_a_server_that_fails_says_nothing(dns: NameServer, asked: records.Records) -> None:
    dns.failing |= {DOMAIN, f"s._domainkey.{DOMAIN}", f"_dmarc.{DOMAIN}"}

    found = [
        records.check_spf(asked, DOMAIN, []),
        records.check_dkim(asked, f"s._domainkey.{DOMAIN}", "x"),
        records.check_dmarc(asked, DOMAIN),
        records.check_bounces(asked, DOMAIN, "ours.nz"),
    ]

    assert [finding.state for finding in found] == ["unknown"] * 4


def test_bounces_have_to_come_to_us(dns: NameServer, asked: records.Records) -> None:
    dns.records.update({
        ("bounce.relay.nz", "MX"): ["10 in.relay.nz."], ("good.nz", "MX"): ["5 IN.relay.nz."],
        ("bad.nz", "MX"): ["1 a.nz."],
    })  # fmt: skip

    found = [records.check_bounces(asked, name, "bounce.relay.nz").state for name in ("good.nz", "bad.nz", "no.nz")]

    assert found == ["ok", "wrong", "missing"]


def test_new_domain_has_two_keys_kept_encrypted(domain: SendingDomain) -> None:
    from django.db import connection

    keys = list(domain.keys.order_by("algorithm"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(private_key, '') FROM channels_domainkey")
        stored = cursor.fetchone()[0]
    assert [key.algorithm for key in keys] == ["ed25519", "rsa"]
    assert all("BEGIN PRIVATE KEY" in key.private_key for key in keys)
    assert "BEGIN" not in stored
    assert domain.is_being_checked is False or domain.asked_at is not None


def test_the_same_domain_twice_is_refused(domain: SendingDomain, workspace: Workspace, owner: User) -> None:
    with pytest.raises(DomainRefused):
        add_domain(workspace=workspace, actor=owner, domain=DOMAIN)
    assert SendingDomain.objects.count() == 1


def test_records_are_found_and_keys_begin_to_sign(dns: NameServer, domain: SendingDomain) -> None:
    sender = Sender.objects.create(workspace=domain.workspace, name="A", email=f"a@news.{DOMAIN}")
    assert load_identities([sender])[sender.pk].keys == ()
    publish(dns, *domain.keys.all())
    dns.records[f"news.{DOMAIN}", "TXT"] = [txt("v=spf1 include:_spf.relay.nz ~all")]
    dns.records[f"_dmarc.{DOMAIN}", "TXT"] = [txt("v=DMARC1; p=none;")]

    assert check_domains() == 1

    assert states(domain) == ("ok", "ok", "ok")
    assert (domain.asked_at, domain.checked_at is not None) == (None, True)
    signing = load_identities([sender])[sender.pk].keys
    assert [key.selector.split("-")[1] for key in signing] == ["rsa", "ed25519"]
    assert {key.domain for key in signing} == {DOMAIN}
    assert check_domains() == 0


def test_old_keys_sign_until_the_new_ones_are_seen(dns: NameServer, domain: SendingDomain, owner: User) -> None:
    sender = Sender.objects.create(workspace=domain.workspace, name="A", email=f"a@{DOMAIN}")
    old = set(domain.keys.values_list("selector", flat=True))
    publish(dns, *domain.keys.all())
    check_domains()

    renew_keys(domain=domain, actor=owner)
    check_domains()
    assert {key.selector for key in load_identities([sender])[sender.pk].keys} == old

    new = list(domain.keys.exclude(selector__in=old))
    publish(dns, *new)
    renew_keys(domain=domain, actor=owner)  # an unseen pair is replaced, so this one has yet other names
    newest = list(domain.keys.exclude(selector__in=old))
    publish(dns, *newest)
    check_domains()
    assert {key.selector for key in load_identities([sender])[sender.pk].keys} == {key.selector for key in newest}
    assert domain.keys.filter(selector__in=old, retired_at=None).count() == 0


def test_key_whose_record_vanished_stops_signing(dns: NameServer, domain: SendingDomain) -> None:
    sender = Sender.objects.create(workspace=domain.workspace, name="A", email=f"a@{DOMAIN}")
    publish(dns, *domain.keys.all())
    check_domains()
    rsa = domain.keys.get(algorithm="rsa")
    del dns.records[str(rsa), "TXT"]

    SendingDomain.objects.update(asked_at=domain.created_at, next_check_at=domain.created_at)
    check_domains()

    assert [key.selector for key in load_identities([sender])[sender.pk].keys] == [
        domain.keys.get(algorithm="ed25519").selector
    ]
    assert states(domain)[1] == "ok"


def test_silence_changes_nothing(dns: NameServer, domain: SendingDomain) -> None:
    publish(dns, *domain.keys.all())
    check_domains()
    before = states(domain)
    dns.failing |= {".", DOMAIN, f"_dmarc.{DOMAIN}", *(str(key) for key in domain.keys.all())}

    for is_root_silent in (False, True):
        dns.failing.discard(".") if not is_root_silent else dns.failing.add(".")
        SendingDomain.objects.update(asked_at=domain.created_at, next_check_at=domain.created_at)
        assert check_domains() == 1
        assert states(domain) == before

    assert domain.findings.pop("dns") == {"problem": "no_answer", "found": []}
    assert {told["problem"] for name, told in domain.findings.items() if name != "mail"} == {"no_answer"}
    assert load_identities([Sender(pk=1, workspace=domain.workspace, email=f"a@{DOMAIN}")])[1].keys != ()


def test_host_for_bounces_counts_once_it_was_seen(dns: NameServer, domain: SendingDomain, settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "bounces@bounce.relay.nz"
    host = f"bounce.{DOMAIN}"
    sender = Sender(pk=1, workspace=domain.workspace, email=f"a@{DOMAIN}")

    change_domain(domain=domain, actor=None, return_path=host, is_signing=True)
    check_domains()
    assert load_identities([sender])[1].bounce_host == ""
    dns.records["bounce.relay.nz", "MX"] = dns.records[host, "MX"] = ["10 in.relay.nz."]
    change_domain(domain=domain, actor=None, return_path=host, is_signing=True)
    check_domains()

    assert load_identities([sender])[1].bounce_host == host


def test_nobody_is_asked_in_the_background_where_that_is_off(
    dns: NameServer, domain: SendingDomain, settings: Any
) -> None:
    settings.MAIL_CHECKS = False
    SendingDomain.objects.update(asked_at=None)

    wake_checks()

    assert (check_domains(), dns.asked) == (0, [])


def page(name: str, workspace: Workspace, *args: Any) -> str:
    return reverse(f"domains:{name}", args=[workspace.slug, *args])


def test_pages_add_show_change_and_remove(dns: NameServer, workspace: Workspace, teammate: User) -> None:
    client = client_of(teammate)

    answer = client.post(page("list", workspace), {"domain": "https://Käse.example.nz/shop"})

    domain = SendingDomain.objects.get()
    assert (answer.status_code, domain.domain) == (302, "xn--kse-qla.example.nz")
    shown = client.get(page("domain", workspace, domain.public_id))
    rsa = domain.keys.get(algorithm="rsa")
    for text in (str(rsa), f"p={rsa.public_key}"[:40], "v=spf1 include:_spf.relay.nz ~all", "_dmarc.", "every 2s"):
        assert text in shown.content.decode()
    assert client.post(page("domain", workspace, domain.public_id), {}).status_code == 302
    domain.refresh_from_db()
    assert domain.is_signing is False
    assert client.post(page("keys", workspace, domain.public_id)).status_code == 302
    assert client.post(page("check", workspace, domain.public_id)).status_code == 302
    assert "xn--kse-qla" in client.get(page("list", workspace)).content.decode()
    assert client.post(page("remove", workspace, domain.public_id)).status_code == 302
    assert not SendingDomain.objects.exists()
    assert not DomainKey.objects.exists()


def test_nobody_is_told_to_weaken_what_is_there(dns: NameServer, domain: SendingDomain) -> None:
    dns.records[f"_dmarc.{DOMAIN}", "TXT"] = [txt("v=DMARC1; p=reject")]
    dns.records[DOMAIN, "TXT"] = [txt("v=spf1 mx include:other.nz -all")]
    check_domains()
    domain.refresh_from_db()

    shown = {str(record.title): record.value for record in shown_records(domain)}

    assert shown["DMARC"] == "v=DMARC1; p=reject"
    assert shown["SPF"] == "v=spf1 include:_spf.relay.nz mx include:other.nz -all"


@pytest.mark.parametrize("typed", ["", "gmail.com", "no domain", "localhost", "-x.nz", "a" * 300 + ".nz"])
def test_what_is_no_domain_of_ones_own_is_refused(workspace: Workspace, teammate: User, typed: str) -> None:
    answer = client_of(teammate).post(page("list", workspace), {"domain": typed})

    assert answer.status_code == 422
    assert not SendingDomain.objects.exists()


def test_host_for_bounces_lies_below_the_domain(
    workspace: Workspace, teammate: User, domain: SendingDomain, settings: Any
) -> None:
    settings.BOUNCE_ADDRESS = "bounces@bounce.relay.nz"
    address = page("domain", workspace, domain.public_id)

    refused = client_of(teammate).post(address, {"return_path": "bounce.other.nz", "is_signing": "on"})

    assert refused.status_code == 422
    domain.refresh_from_db()
    assert domain.return_path == ""
    assert client_of(teammate).post(address, {"return_path": f"b.{DOMAIN}", "is_signing": "on"}).status_code == 302


def test_too_many_checks_are_refused(workspace: Workspace, teammate: User, domain: SendingDomain) -> None:
    client = client_of(teammate)
    SendingDomain.objects.update(asked_at=None)
    for _ in range(60):
        client.post(page("check", workspace, domain.public_id))
    SendingDomain.objects.update(asked_at=None)

    client.post(page("check", workspace, domain.public_id))

    domain.refresh_from_db()
    assert domain.asked_at is None


def test_removed_domain_signs_nothing(domain: SendingDomain, owner: User) -> None:
    remove_domain(domain=domain, actor=owner)

    assert load_identities([Sender(pk=1, workspace=domain.workspace, email=f"a@{DOMAIN}")]) == {}
