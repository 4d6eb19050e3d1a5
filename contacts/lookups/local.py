"""A number check that asks nobody, for trying out and for tests. The last digits of a number say what it answers:

…00   not in use              …02   no answer
…01   switched off            …03   in use, taken over by another network
…0999 no answers to the whole batch, as when the provider is down
else  in use
"""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from contacts.lookups.providers import ABSENT, LIVE, UNKNOWN, UNREACHABLE, Answer, Unavailable

DOWN = "0999"
_BY_ENDING = {"00": ABSENT, "01": UNREACHABLE, "02": UNKNOWN}
PORTED = "03"


class LocalNumberCheck:
    """See above. Nothing leaves this computer."""

    key = "local"
    label = _("Test provider (asks nobody)")
    channel = "sms"
    cost = Decimal("0.004")
    currency = "EUR"
    batch_size = 200
    is_test = True

    def check(self, batch: Sequence[str]) -> Sequence[Answer]:
        """Answers by the last digits. Raises Unavailable for a batch with a number that ends in 0999."""
        if any(number.endswith(DOWN) for number in batch):
            raise Unavailable("test: the provider is down")
        return [_answer(number) for number in batch]


def _answer(number: str) -> Answer:
    answer = _BY_ENDING.get(number[-2:], LIVE)
    is_ported = number.endswith(PORTED)
    return Answer(
        value=number,
        answer=answer,
        network="Test network" if answer in (LIVE, UNREACHABLE) else "",
        ported_to="Other test network" if is_ported else "",
        raw=f"test {answer}",
    )
