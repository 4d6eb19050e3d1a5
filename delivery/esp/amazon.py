"""What Amazon SES answers, through botocore, which speaks no requests: errors of SendEmail (SES API version 2).

Its own list of errors: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ConnectionError as NoConnection

from channels.transports.outcomes import (
    Ambiguous,
    NotAttempted,
    RefusalKind,
    Rejected,
    RetryAfter,
    TransportUnavailable,
)
from delivery.esp.blame import Told, blamed, line

# Keys, the account and the domain: all answered with 400, and no message from there would fare better.
_SETTINGS = frozenset({
    "AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException", "NotFoundException",
    "AccessDeniedException", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException",
    "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken", "ExpiredTokenException",
    "RequestExpired", "OptInRequired",
})  # fmt: skip
_LATER = frozenset({
    "TooManyRequestsException", "LimitExceededException", "ThrottlingException", "Throttling", "ServiceUnavailable",
})  # fmt: skip
_TOO_MANY, _TOO_LARGE = 429, 413
# The quota is one of the last 24 hours: some of it is free again after an hour. Of the rate nothing is said.
_QUOTA_SECONDS = 3600


def answered_by_amazon(response: Mapping[str, Any]) -> Told:
    """The meaning of an error as botocore read it: `Error` with Code and Message, and the status beside."""
    error = response.get("Error") or {}
    name = str(error.get("Code") or "")
    status = int((response.get("ResponseMetadata") or {}).get("HTTPStatusCode") or 0)
    words = line(str(error.get("Message") or error.get("message") or name))
    if name in _LATER or status in (_TOO_MANY, 503):
        return RetryAfter(_seconds(words), _TOO_MANY, "", words, RefusalKind.THROTTLED), None
    if name in _SETTINGS or status in (401, 403, 404):
        return NotAttempted(words), TransportUnavailable(words, is_configuration=True)
    if status == _TOO_LARGE:
        return Rejected(status, "", words, RefusalKind.CONTENT), None
    if 400 <= status < 500 and status != 408:
        return Rejected(status, "", words, blamed(words)), None
    # A page for people, another address, or a service that gave up half-way: perhaps it was taken.
    is_elsewhere = status < 400
    return Ambiguous(words), TransportUnavailable(f"{status} {words}", is_configuration=is_elsewhere)


def _seconds(words: str) -> int:
    return _QUOTA_SECONDS if "quota" in words.lower() else 0


def unanswered_by_amazon(cause: BaseException | None) -> Told:
    """Without an answer to read: only where no connection came about was nothing written."""
    if isinstance(cause, NoConnection):
        words = "The provider cannot be reached."
        return NotAttempted(words), TransportUnavailable(words, is_configuration=False)
    words = "The provider did not answer."
    return Ambiguous(words), TransportUnavailable(words, is_configuration=False)
