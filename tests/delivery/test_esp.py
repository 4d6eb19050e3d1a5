"""Sending through providers' APIs, over real HTTP to a server of our own that answers as they do."""

import datetime as dt
import json
from base64 import b64decode
from collections.abc import Callable
from email import message_from_bytes, policy
from email.utils import format_datetime
from urllib.parse import unquote_plus
from uuid import UUID

import pytest

from channels.models import Sender
from channels.providers import PROVIDERS, ProviderSettings, is_provider_url
from channels.transports.outcomes import OutboundMessage, Outcome, RetryAfter, TransportUnavailable
from contacts.models import Contact
from delivery.assembly import Letter, assemble
from delivery.esp import looking_up
from delivery.esp.amazon import answered_by_amazon
from delivery.esp.session import ProviderSession
from delivery.models import Dispatch, Message
from delivery.sender_process import SenderProcess
from tests.api_server import Answer, ApiServer, Call, api_server

ONE = UUID("0190a2b4-7c1d-7e3f-8a5b-123456789abc")
AT = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)
LISTED = (
    ("List-Unsubscribe", "<https://kea.nz/u/1/>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ("Feedback-ID", "d1:all:kea:rapport"),
)
SECRETS = {
    "mailgun": "KEY", "postmark": "TOKEN", "brevo": "KEY", "mailjet": "KEY:SECRET", "ses": "AKIDEXAMPLE:S%2FCRET",
    "sendgrid": "KEY",
}  # fmt: skip


def letter(number: int = 0) -> bytes:
    public_id = UUID(int=ONE.int + number)
    values = Letter(public_id, "Kea Ünï", "a@kea.nz", "Лина", f"p{number}@lake.nz", "Тёплое озеро", "Kia ora\nbye",
                    "<p>Kia ora ü</p>", "desk@kea.nz", LISTED)  # fmt: skip
    return b"DKIM-Signature: v=1; b=abc\r\n" + assemble(values, at=AT, eight_bit=True)


def messages(count: int = 1) -> list[OutboundMessage]:
    return [OutboundMessage(n, "b+t@kea.nz", f"p{n}@lake.nz", letter(n)) for n in range(count)]


def said(kind: str, call: Call) -> Answer:
    """A yes in the words of each provider."""
    if kind == "mailgun":
        return Answer(200, {"id": "<abc@kea.nz>", "message": "Queued. Thank you."})
    if kind == "postmark":
        to = call.json["To"]
        return Answer(200, {"To": to, "MessageID": "abc", "ErrorCode": 0, "Message": "OK", "SubmittedAt": "2026"})
    if kind == "brevo":
        return Answer(201, {"messageId": "<abc@relay>"})
    if kind == "ses":
        return Answer(200, {"MessageId": "0102018abc-000000"})
    if kind == "sendgrid":
        return Answer(202, b"", {"X-Message-Id": "abc.filter"})
    to = call.json["Messages"][0]["To"][0]["Email"]
    return Answer(200, {"Messages": [{"Status": "success", "To": [{"Email": to, "MessageID": 7, "MessageUUID": "u"}]}]})


def read(kind: str, call: Call) -> str:
    """What a provider reads in a request."""
    if kind == "ses":
        return call.json["Destination"]["ToAddresses"][0] + b64decode(call.json["Content"]["Raw"]["Data"]).decode()
    return unquote_plus(call.body.decode())


def url_of(kind: str, server: ApiServer, **options: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in options.items())
    return f"{kind}://{SECRETS[kind]}@kea.nz?api={server.address}{more}"


class Log:
    """What the session told, in order."""

    def __init__(self) -> None:
        self.attempted: list[int] = []
        self.outcomes: dict[int, Outcome] = {}

    def note(self, key: int, outcome: Outcome) -> None:
        assert key not in self.outcomes
        self.outcomes[key] = outcome

    @property
    def kinds(self) -> list[str]:
        return [type(self.outcomes[key]).__name__ for key in sorted(self.outcomes)]


def send(url: str, batch: list[OutboundMessage], should_stop: Callable[[], bool] = lambda: False) -> Log:
    log = Log()
    with ProviderSession(ProviderSettings.from_url(url)) as session:
        session.send_batch(
            batch, before_attempt=log.attempted.append, on_outcome=log.note, should_stop=should_stop
        )  # fmt: skip
    return log


@pytest.mark.parametrize("kind", PROVIDERS)
def test_message_is_taken(kind: str) -> None:
    with api_server(lambda call: said(kind, call)) as server:
        log = send(url_of(kind, server), messages(1))

    assert (log.attempted, log.kinds) == ([0], ["Accepted"])
    assert "7" in log.outcomes[0].provider_id or "abc" in log.outcomes[0].provider_id
    [call] = server.calls
    body = read(kind, call)
    for text in ("p0@lake.nz", "One-Click", str(ONE)):
        assert text in body
    assert "DKIM-Signature" not in body


def test_mailjet_gets_an_id_to_be_asked_by() -> None:
    with api_server(lambda call: said("mailjet", call)) as server:
        send(url_of("mailjet", server), messages(1))

    [call] = server.calls
    shared = call.json["Globals"]
    assert (shared["CustomID"], json.loads(shared["EventPayload"])) == (str(ONE), {"rapport": str(ONE)})


def test_whoever_answers_is_asked_in_its_own_way() -> None:
    assert {kind for kind, provider in PROVIDERS.items() if provider.answers_in} == set(looking_up._ASK)
    assert all(set(provider.answers_in) <= set(provider.regions) for provider in PROVIDERS.values())


def test_postmark_gets_the_whole_message() -> None:
    with api_server(lambda call: said("postmark", call)) as server:
        send(url_of("postmark", server, stream="news"), messages(1))

    [call] = server.calls
    sent = call.json
    assert (call.path, call.headers["X-Postmark-Server-Token"]) == ("/email", "TOKEN")
    assert (sent["Subject"], sent["TextBody"], sent["MessageStream"]) == ("Тёплое озеро", "Kia ora\nbye\n", "news")
    assert sent["HtmlBody"].strip() == "<p>Kia ora ü</p>"
    assert sent["Metadata"] == {"rapport": str(ONE)}
    assert (sent["TrackOpens"], sent["TrackLinks"]) == (False, "None")
    headers = {header["Name"]: header["Value"] for header in sent["Headers"]}
    assert headers["X-PM-KeepID"] == "true"
    assert headers["Message-ID"].startswith(f"<{ONE.hex}.")
    assert headers["List-Unsubscribe"] == "<https://kea.nz/u/1/>"


def test_amazon_gets_the_whole_message_signed_and_tagged() -> None:
    with api_server(lambda call: said("ses", call)) as server:
        log = send(url_of("ses", server, region="eu-west-1", set="news"), messages(1))

    assert log.outcomes[0].provider_id == "0102018abc-000000"
    [call] = server.calls
    sent, signed = call.json, call.headers["Authorization"]
    assert (call.method, call.path) == ("POST", "/v2/email/outbound-emails")
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/ses/aws4_request" in signed
    assert (sent["ConfigurationSetName"], sent["Destination"]) == ("news", {"ToAddresses": ["p0@lake.nz"]})
    assert sent["EmailTags"] == [{"Name": "rapport", "Value": str(ONE)}]
    raw = message_from_bytes(b64decode(sent["Content"]["Raw"]["Data"]), policy=policy.default)
    assert str(raw["Subject"]) == "Тёплое озеро"
    assert (raw["List-Unsubscribe-Post"], raw["X-Metadata"]) == (
        "List-Unsubscribe=One-Click",
        f'{{"rapport": "{ONE}"}}',
    )
    assert raw["Message-ID"].startswith(f"<{ONE.hex}.")
    assert raw.get_body(("html",)).get_content().strip() == "<p>Kia ora ü</p>"
    assert raw.get_body(("plain",)).get_content().strip() == "Kia ora\nbye"


def test_sendgrid_gets_the_whole_message() -> None:
    with api_server(lambda call: said("sendgrid", call)) as server:
        log = send(url_of("sendgrid", server), messages(1))

    assert log.outcomes[0].provider_id == "abc.filter"
    [call] = server.calls
    sent = call.json
    assert (call.path, call.headers["Authorization"]) == ("/mail/send", "Bearer KEY")
    assert sent["personalizations"] == [{"to": [{"email": "p0@lake.nz", "name": "Лина"}]}]
    assert (sent["subject"], sent["custom_args"]) == ("Тёплое озеро", {"rapport": str(ONE)})
    assert [part["type"] for part in sent["content"]] == ["text/plain", "text/html"]
    assert sent["tracking_settings"] == {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}}
    assert sent["headers"]["List-Unsubscribe"] == "<https://kea.nz/u/1/>"
    assert sent["headers"]["Message-ID"].startswith(f"<{ONE.hex}.")


def amazon(status: int, name: str, words: str) -> Answer:
    return Answer(status, {"message": words}, {"x-amzn-ErrorType": name})


AMAZON = [
    (amazon(400, "MessageRejected", "Email address is not verified. The following identities failed the check in "
        "region EU-WEST-1: a@kea.nz"), "Rejected", "sender_fault", None),
    (amazon(400, "BadRequestException", "Missing final '@domain'"), "Rejected", "content", None),
    (amazon(400, "BadRequestException", "Illegal address"), "Rejected", "other", None),
    (amazon(413, "RequestEntityTooLarge", "Too long"), "Rejected", "content", None),
    (amazon(429, "TooManyRequestsException", "Maximum sending rate exceeded."), "RetryAfter", "throttled", None),
    (amazon(400, "ThrottlingException", "Daily message quota exceeded."), "RetryAfter", "throttled", None),
    (amazon(400, "SendingPausedException", "Sending is paused for this account."), "NotAttempted", None, True),
    (amazon(400, "MailFromDomainNotVerifiedException", "Not verified"), "NotAttempted", None, True),
    (amazon(404, "NotFoundException", "Configuration set <news> does not exist."), "NotAttempted", None, True),
    (amazon(403, "SignatureDoesNotMatch", "The request signature does not match."), "NotAttempted", None, True),
    (amazon(500, "InternalFailure", "Oh"), "Ambiguous", None, False),
    (Answer(504, b"<html>Gateway"), "Ambiguous", None, False),
    (Answer(200, b"<html>Welcome"), "Ambiguous", None, False),
    (Answer(200, {}), "Ambiguous", None, False),
    (Answer(301, {}, {"Location": "/elsewhere"}), "Ambiguous", None, True),
    (Answer(silence="reset"), "Ambiguous", None, False),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "kind", "blamed", "is_configuration"), AMAZON)
def test_amazons_answers_are_understood(
    answer: Answer, kind: str, blamed: str | None, is_configuration: bool | None
) -> None:
    log, trouble = Log(), None
    with (
        api_server(lambda _call: answer) as server,
        ProviderSession(ProviderSettings.from_url(url_of("ses", server, connections="1"))) as session,
    ):
        try:
            session.send_batch(
                messages(2), before_attempt=log.attempted.append, on_outcome=log.note, should_stop=lambda: False
            )
        except TransportUnavailable as error:
            trouble = error

    assert (log.kinds[0], getattr(log.outcomes[0], "kind", None)) == (kind, blamed)
    assert (trouble and trouble.is_configuration) == is_configuration
    # Asked once for each message: a client that repeats by itself might send twice.
    assert len(server.calls) == (2 if trouble is None else 1)


def test_amazons_quota_of_a_day_is_waited_for_longer() -> None:
    seconds = [
        answered_by_amazon({"Error": {"Code": "TooManyRequestsException", "Message": words}})[0].seconds
        for words in ("Maximum sending rate exceeded.", "Daily message quota exceeded.")
    ]
    assert seconds == [0, 3600]


def test_nobody_is_blamed_for_settings_that_make_no_client() -> None:
    url = "ses://K:S@?api=no%20address"
    log = Log()
    with ProviderSession(ProviderSettings.from_url(url)) as session, pytest.raises(TransportUnavailable) as trouble:
        session.send_batch(
            messages(2), before_attempt=log.attempted.append, on_outcome=log.note, should_stop=lambda: False
        )

    assert trouble.value.is_configuration
    assert log.kinds == ["NotAttempted", "NotAttempted"]


REFUSALS = [
    ("postmark", Answer(422, {"ErrorCode": 406, "Message": "The recipient is inactive."}), "other"),
    ("postmark", Answer(422, {"ErrorCode": 400, "Message": "'From' is no Sender Signature."}), "sender_fault"),
    ("postmark", Answer(422, {"ErrorCode": 300, "Message": "Error parsing 'To': Illegal email address"}), "other"),
    ("mailgun", Answer(400, {"message": "to parameter is not a valid address. please check documentation"}), "other"),
    ("mailgun", Answer(413, {"message": "Request Entity Too Large"}), "content"),
    ("brevo", Answer(400, {"code": "bad", "message": "the sender is not valid"}), "sender_fault"),
    ("sendgrid", Answer(400, {"errors": [{"message": "Does not contain a valid address.",
        "field": "personalizations.0.to.0.email", "help": None}]}), "other"),
    ("sendgrid", Answer(413, {"errors": [{"message": "Too large"}]}), "content"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "answer", "blamed"), REFUSALS)
def test_a_no_is_understood_and_blocks_nobody(kind: str, answer: Answer, blamed: str) -> None:
    with api_server(lambda _call: answer) as server:
        log = send(url_of(kind, server), messages(1))

    assert (log.kinds, log.outcomes[0].kind) == (["Rejected"], blamed)


def test_too_many_requests_are_tried_later() -> None:
    with api_server(lambda _call: Answer(429, {"message": "slow"}, {"Retry-After": "7"})) as server:
        log = send(url_of("mailgun", server), messages(1))

    assert (log.kinds, log.outcomes[0].seconds) == (["RetryAfter"], 7)


def test_a_wish_to_wait_may_be_a_time_or_missing() -> None:
    def seconds(header: dict[str, str]) -> int:
        with api_server(lambda _call: Answer(429, {"message": "slow"}, header)) as server:
            outcome = send(url_of("mailgun", server), messages(1)).outcomes[0]
        assert isinstance(outcome, RetryAfter)
        return outcome.seconds

    soon = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90), usegmt=True)
    assert 60 < seconds({"Retry-After": soon}) <= 90
    assert seconds({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert [seconds({}), seconds({"Retry-After": "soon"}), seconds({"Retry-After": "9999999"})] == [0, 0, 3600]


@pytest.mark.parametrize("kind", ["mailgun", "sendgrid"])
@pytest.mark.parametrize("status", [401, 403, 404])
def test_wrong_key_burns_nobody(status: int, kind: str) -> None:
    with api_server(lambda _call: Answer(status, {"errors": [{"message": "Forbidden"}]})) as server:
        log = Log()
        with (
            ProviderSession(ProviderSettings.from_url(url_of(kind, server, connections="1"))) as session,
            pytest.raises(TransportUnavailable) as trouble,
        ):
            session.send_batch(
                messages(5), before_attempt=log.attempted.append, on_outcome=log.note, should_stop=lambda: False
            )

    assert trouble.value.is_configuration
    assert (log.attempted, log.kinds, len(server.calls)) == ([0], ["NotAttempted"] * 5, 1)


@pytest.mark.parametrize("answer", [Answer(silence="reset"), Answer(502, b"bad gateway"), Answer(500, {})])
def test_silence_after_the_request_is_ambiguous_and_stops_the_batch(answer: Answer) -> None:
    with api_server(lambda _call: answer) as server:
        log = Log()
        with (
            ProviderSession(ProviderSettings.from_url(url_of("postmark", server, connections="1"))) as session,
            pytest.raises(TransportUnavailable) as trouble,
        ):
            session.send_batch(
                messages(3), before_attempt=log.attempted.append, on_outcome=log.note, should_stop=lambda: False
            )

    assert not trouble.value.is_configuration
    assert log.kinds == ["Ambiguous", "NotAttempted", "NotAttempted"]
    assert len(server.calls) == 1


@pytest.mark.parametrize("kind", ["mailgun", "sendgrid"])
@pytest.mark.parametrize(
    "answer",
    [Answer(200, b"Mailgun Magnificent API"), Answer(200, b"<html>Welcome"), Answer(302, {}, {"Location": "/welcome"})],
)
def test_an_address_that_is_no_api_stops_at_once_and_claims_nothing(answer: Answer, kind: str) -> None:
    with api_server(lambda call: answer if call.path != "/welcome" else Answer(200, {"id": "<1@x>"})) as server:
        log = Log()
        with (
            ProviderSession(ProviderSettings.from_url(url_of(kind, server, connections="1"))) as session,
            pytest.raises(TransportUnavailable) as trouble,
        ):
            session.send_batch(
                messages(2), before_attempt=log.attempted.append, on_outcome=log.note, should_stop=lambda: False
            )

    assert trouble.value.is_configuration
    assert log.kinds == ["Ambiguous", "NotAttempted"]


@pytest.mark.parametrize("kind", ["mailgun", "ses"])
def test_nothing_was_attempted_where_nobody_listens(kind: str) -> None:
    with api_server(lambda _call: Answer()) as server:
        url = url_of(kind, server, connections="1")
    log = Log()
    with ProviderSession(ProviderSettings.from_url(url)) as session, pytest.raises(TransportUnavailable):
        session.send_batch(
            messages(2), before_attempt=log.attempted.append, on_outcome=log.note, should_stop=lambda: False
        )

    assert log.kinds == ["NotAttempted", "NotAttempted"]


def test_connections_are_held_and_a_stop_is_obeyed() -> None:
    with api_server(lambda call: said("postmark", call)) as server:
        log = send(url_of("postmark", server, connections="2"), messages(20))
        assert (log.kinds, server.connections <= 2) == (["Accepted"] * 20, True)
        stopped = send(url_of("postmark", server, connections="1"), messages(5), lambda: len(server.calls) >= 22)

    assert stopped.kinds == ["Accepted"] * 2 + ["NotAttempted"] * 3


@pytest.mark.parametrize(
    "url",
    ["mailgun://kea.nz", "mailjet://KEY@", "postmark://T@?region=eu", "mailgun://K@?colour=red", "smtp://x@y",
     "brevo://K@?connections=0", "ses://KEY@", "ses://K:S@?region=moon-1"],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w{3}"):
        ProviderSettings.from_url(url)


def test_secrets_do_not_show() -> None:
    settings = ProviderSettings.from_url("mailjet://KEY:S%40CRET@?region=")

    assert settings.backend_options()["secret_key"] == "S@CRET"
    assert "CRET" not in repr(settings)
    assert [is_provider_url(url) for url in ("mailjet://k:s@", "smtp://h", "")] == [True, False, False]


@pytest.mark.parametrize("kind", ["postmark", "ses", "sendgrid"])
def test_campaign_goes_through_the_senders_provider(
    agreed: Callable[..., Contact], launch: Callable[[], Dispatch], process: SenderProcess, sender: Sender, kind: str
) -> None:
    agreed("lina@lake.example", first_name="Лина")
    dispatch = launch()
    with api_server(lambda call: said(kind, call)) as server:
        sender.smtp_url = url_of(kind, server)
        sender.save()
        process.run("bulk", 5)

    message = Message.objects.get(dispatch=dispatch)
    assert (message.status, "abc" in message.provider_id) == ("sent", True)
    [call] = server.calls
    body = read(kind, call)
    assert str(message.public_id) in body
    assert "lina@lake.example" in body
