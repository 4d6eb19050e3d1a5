import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import journal as journal_module
from delivery.journal import AbandonedJournal, Journal, JournalBusy, JournalFull, Verdict

OWNER = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def left_behind(directory: Path, *, boot: str = "boot-1") -> AbandonedJournal:
    """What a recoverer reads from the one journal in `directory`."""
    (path,) = directory.glob("*.journal")
    return AbandonedJournal(path, path.read_bytes(), boot)


@pytest.fixture(autouse=True)
def boot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "_boot", lambda: "boot-1")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path, OWNER)


def test_each_key_has_its_verdict(journal: Journal, tmp_path: Path) -> None:
    journal.begin_batch("b1", [1, 2, 3])
    journal.attempt(1)
    journal.outcome(1, "accepted", "Q17 Ok: queued")
    journal.attempt(2)
    found = left_behind(tmp_path)
    assert found.owner == OWNER
    assert found.keys == {1, 2, 3}
    assert found.verdict(1) == Verdict("accepted", "Q17 Ok: queued")
    assert found.verdict(2) == Verdict("ambiguous")
    assert found.verdict(3) == Verdict("not_attempted")
    assert found.verdict(4) == Verdict("ambiguous")


@given(st.text(max_size=80))
def test_any_detail_comes_back(tmp_path_factory: pytest.TempPathFactory, detail: str) -> None:
    directory = tmp_path_factory.mktemp("journal")
    journal = Journal.open(directory, OWNER)
    journal.begin_batch(1, [7])
    journal.outcome(7, "rejected", detail)
    found = left_behind(directory).verdict(7)
    journal.close()
    longest = detail.encode("unicode_escape")[:480].decode("unicode_escape", "replace")
    assert found == Verdict("rejected", longest)


def test_an_ended_batch_is_forgotten(journal: Journal, tmp_path: Path) -> None:
    journal.begin_batch(1, [1])
    journal.attempt(1)
    journal.end_batch()
    journal.begin_batch(2, [2])
    found = left_behind(tmp_path)
    assert found.keys == {2}
    assert found.verdict(2) == Verdict("not_attempted")


def test_a_key_in_a_later_batch_starts_anew(journal: Journal, tmp_path: Path) -> None:
    journal.begin_batch(1, [1])
    journal.attempt(1)
    journal.outcome(1, "retry")
    journal.begin_batch(2, [1])
    assert left_behind(tmp_path).verdict(1) == Verdict("not_attempted")
    journal.attempt(1)
    assert left_behind(tmp_path).verdict(1) == Verdict("ambiguous")


def test_after_another_boot_nothing_counts_as_not_attempted(journal: Journal, tmp_path: Path) -> None:
    journal.begin_batch(1, [1, 2])
    journal.attempt(1)
    journal.outcome(1, "accepted")
    found = left_behind(tmp_path, boot="boot-2")
    assert found.verdict(1) == Verdict("accepted")
    assert found.verdict(2) == Verdict("ambiguous")
    assert left_behind(tmp_path, boot="").verdict(2) == Verdict("ambiguous")


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["begin", "attempt", "outcome"]), st.sampled_from([1, 2, 12, 123, 1234])), max_size=20
)


@given(OPERATIONS, st.data())
def test_no_prefix_calls_an_attempted_key_not_attempted(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[str, int]], data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("journal")
    journal = Journal.open(directory, OWNER)
    begun_at = journal._size
    journal.begin_batch(0, [1, 2, 12, 123, 1234])
    state_at: list[tuple[int, int, str]] = []
    for operation, key in operations:
        if operation == "begin":
            journal.begin_batch(1, [key])
        elif operation == "attempt":
            journal.attempt(key)
        else:
            journal.outcome(key, "settled")
        state_at.append((journal._size, key, operation))
    (path,) = directory.glob("*.journal")
    content = path.read_bytes()[: journal._size]
    journal.close()

    cut = data.draw(st.integers(begun_at, len(content)))
    found = AbandonedJournal(path, content[:cut], "boot-1")
    last = {key: operation for end, key, operation in state_at if end <= cut}
    for key in (1, 2, 12, 123, 1234):
        state = found.verdict(key).state
        expected = {"attempt": {"ambiguous"}, "outcome": {"settled"}}
        assert state in expected.get(last.get(key, ""), {"not_attempted", "ambiguous"})


def test_a_torn_attempt_makes_every_key_it_may_mean_ambiguous(journal: Journal, tmp_path: Path) -> None:
    journal.begin_batch(1, [12, 123, 3])
    journal._write(b"A 12")
    found = left_behind(tmp_path)
    assert [found.verdict(key).state for key in (12, 123, 3)] == ["ambiguous", "ambiguous", "not_attempted"]


def test_a_living_owner_is_left_alone(journal: Journal, tmp_path: Path) -> None:
    assert Journal.is_owner_alive(tmp_path, OWNER) is True
    assert list(Journal.abandoned(tmp_path)) == []
    with pytest.raises(JournalBusy):
        Journal.open(tmp_path, OWNER)
    journal.close()
    assert Journal.is_owner_alive(tmp_path, OWNER) is False
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_a_first_line_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / f"{uuid4()}.journal").write_bytes(b"J 1 abc")
    assert list(Journal.abandoned(tmp_path)) == []


def test_the_journal_of_a_killed_process_tells_what_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    program = (
        "import sys, time, pathlib, uuid; from delivery.journal import Journal\n"
        f"journal = Journal.open(pathlib.Path(sys.argv[1]), uuid.UUID('{OWNER}'))\n"
        "journal.begin_batch(1, [1, 2, 3]); journal.attempt(1); journal.outcome(1, 'accepted'); journal.attempt(2)\n"
        "print('ready', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    assert Journal.is_owner_alive(tmp_path, OWNER) is True
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    for found in Journal.abandoned(tmp_path):
        assert [found.verdict(key).state for key in (1, 2, 3)] == ["accepted", "ambiguous", "not_attempted"]
        assert list(Journal.abandoned(tmp_path)) == []
        found.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_stops_the_batch_before_any_attempt(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", no_room)
    with pytest.raises(JournalFull, match="No space left"):
        journal.begin_batch(1, [1])
    assert left_behind(tmp_path).keys == set()


def test_half_a_line_is_taken_back(journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.begin_batch(1, [1, 2])
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda descriptor, line, offset: write(descriptor, line[:2], offset))
    with pytest.raises(JournalFull):
        journal.attempt(1)
    monkeypatch.setattr(os, "pwrite", write)
    journal.attempt(2)
    assert [left_behind(tmp_path).verdict(key).state for key in (1, 2)] == ["not_attempted", "ambiguous"]
