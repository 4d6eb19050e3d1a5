"""The judge of the fault matrix: it has to find what is wrong when something is."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contacts.models import Contact
from delivery.models import Dispatch, Message
from faults.__main__ import with_waits
from faults.people import Town
from faults.promises import Stopwatch, compare
from faults.receiver import Receiver
from faults.result import Result, Wait, table
from tests.smtp_server import Script

MAIL = b"Message-ID: <1@kea.example>\r\n\r\nKia ora\r\n"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """A server that only keeps its log here."""
    server = Receiver(Script(), tmp_path / "log")
    yield server
    server.close()


@pytest.fixture
def judge(agreed: Callable[..., Contact], launch: Callable[[], Dispatch], receiver: Receiver) -> Callable[..., Result]:
    """Compare what two people were sent, by what the database says, with what was accepted."""
    for name in ("a", "b"):
        agreed(f"{name}@lake.example")
    dispatch = launch()

    def compare_them(states: str, accepted: str, bound: int = 0) -> Result:
        for name, state in zip("ab", states.split(), strict=True):
            Message.objects.filter(recipient=f"{name}@lake.example").update(status=state)
        for name in accepted:
            receiver.accept("", f"{name}@lake.example", MAIL, "node-a.example")
        town: Any = Town(None, None, None, None, "lake.example", 2)  # type: ignore[arg-type]
        return compare("row", [(town, dispatch, receiver)], watch=Stopwatch(), bound=bound)

    return compare_them


def test_all_well_is_passed(judge: Callable[..., Result]) -> None:
    result = judge("sent unknown", "ab", bound=1)

    assert (result.problems, result.copies, result.outcomes) == ([], {1: 2}, {"sent": 1, "unknown": 1})
    assert table([result]).splitlines()[2].split("|")[-2].strip() == "yes"


@pytest.mark.parametrize(
    ("states", "accepted", "problem"),
    [
        ("sent sent", "aab", "1 got more than one copy, such as a@lake.example"),
        ("sent sent", "a", "1 marked as sent without having been accepted, such as b@lake.example"),
        ("sent failed", "ab", "1 accepted without a trace, such as b@lake.example"),
        ("sent pending", "a", "1 still wait"),
        ("sent unknown", "a", "1 unknown, 0 at most were in flight"),
    ],
)
def test_broken_promise_is_found(judge: Callable[..., Result], states: str, accepted: str, problem: str) -> None:
    result = judge(states, accepted)

    assert result.problems == [problem]
    assert f"row: {problem}" in table([result])


def test_forgotten_person_is_found(judge: Callable[..., Result]) -> None:
    Message.objects.filter(recipient="b@lake.example").delete()

    assert judge("sent sent", "a").problems == ["1 rows for 2 people, 2 targeted"]


def test_log_on_disk_has_every_acceptance(receiver: Receiver, tmp_path: Path) -> None:
    receiver.accept("", "a@lake.example", MAIL, "node-a.example")

    assert receiver.log[0].client == "node-a"
    assert '"recipient": "a@lake.example"' in (tmp_path / "log").read_text()
    assert '"id": "<1@kea.example>"' in (tmp_path / "log").read_text()


def test_row_names_what_it_waited_for_in_vain(capsys: pytest.CaptureFixture[str]) -> None:
    waits = [
        Wait("a quarter had theirs", 1.2, True),
        Wait("nothing waited", 20.4, True),
        Wait("all had it", 600, False),
    ]
    results = [Result("first", 1), Result("second", 1)]

    told = with_waits("row", results, waits)

    assert [result.problems for result in told] == [[], ["all had it: not within 600 s"]]
    assert capsys.readouterr().err == "row: 20 s until nothing waited\nrow: all had it: not within 600 s\n"
