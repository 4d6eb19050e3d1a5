"""Every reason the gate can give has words in reports."""

from consent import gate
from delivery.reasons import LABELS, reason_label


def test_every_reason_of_the_gate_has_words() -> None:
    assert set(gate.REASONS) - set(LABELS) == set()


def test_an_unknown_reason_reads_as_itself() -> None:
    assert reason_label("lost_in_space") == "lost in space"
