"""What a sender process was doing, written so that it survives `kill -9` of that process.

Rows are marked as sending by the batch; the journal tells afterwards which of them really were attempted.
One file per process, one line before a message's content goes out and one after its answer:

    J 1 <owner> <boot> <host> the first line
    B <batch> <key> …         the keys that may be attempted from here on
    A <key>                   its content is about to be written
    O <key> <word> <detail>   what became of it

A completed write belongs to the system and outlives the process, but not a power cut: after another boot the
missing of a line proves nothing, and every key without an outcome counts as ambiguous.

The order that makes the certainties hold: `begin_batch`, then commit the rows as sending, then attempt and
record outcomes, then commit the outcomes, then `end_batch`.
"""

import errno
import fcntl
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Self
from uuid import UUID

logger = logging.getLogger(__name__)

NOT_ATTEMPTED = "not_attempted"
AMBIGUOUS = "ambiguous"

_SUFFIX = ".journal"
_MOST_DETAIL_BYTES = 480
_BYTES_PER_KEY = 2 * 24 + 40 + _MOST_DETAIL_BYTES
_BOOT_FILE = Path("/proc/sys/kernel/random/boot_id")


class JournalFull(Exception):
    """There is no room to write the journal. Nothing may be attempted until there is."""


class JournalBusy(Exception):
    """The journal of this owner is held by a living process."""


class Verdict(NamedTuple):
    """`state` is "not_attempted", "ambiguous", or the word given to `Journal.outcome`."""

    state: str
    detail: str = ""


class Journal:
    """The journal of this process. Its lock is held until `close` or the end of the process.

    Forked children would share the lock; open the journal in the process that sends.
    """

    def __init__(self, path: Path, descriptor: int, header: bytes) -> None:
        self._path = path
        self._descriptor = descriptor
        self._header_size = len(header)
        self._size = 0
        self._write(header)

    @classmethod
    def open(cls, directory: Path, owner: UUID) -> Self:
        """A fresh journal for `owner`, which must be new with each process.

        Raises JournalBusy when the owner's journal exists already, JournalFull when there is no room.
        """
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = directory / f"{owner}{_SUFFIX}"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise JournalBusy(f"There is a journal of {owner} already.") from error
        except OSError as error:
            raise _full(error) from error
        # Between these two calls the file is empty and its lock free: `abandoned` leaves such a file alone.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            return cls(path, descriptor, f"J 1 {owner} {_boot()} {_host()}\n".encode())
        except JournalFull:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise

    @staticmethod
    def abandoned(directory: Path) -> Iterator["AbandonedJournal"]:
        """The journals whose process is gone, each locked while it is the current one.

        Two recoverers never get the same journal at once. Call `discard` once the rows are settled; a
        journal that was not discarded comes again next time. A directory that does not exist has none. One that may
        not be read, as after a command run by root, keeps no other from being read: its rows wait for their lease.
        """
        for path in sorted(directory.glob(f"*{_SUFFIX}")):
            try:
                descriptor = os.open(path, os.O_RDWR)
            except FileNotFoundError:
                continue
            except OSError as error:
                logger.error("journal_unreadable path=%s %s", path, error.strerror)
                continue
            try:
                is_free = _try_lock(descriptor) and _is_begun(content := _read(descriptor))
                if is_free and (journal := AbandonedJournal.read(path, content)) is not None:
                    yield journal
            finally:
                os.close(descriptor)

    @staticmethod
    def is_owner_alive(directory: Path, owner: UUID) -> bool:
        """Whether the process that opened an owner's journal here still runs; False when that cannot be told."""
        try:
            descriptor = os.open(directory / f"{owner}{_SUFFIX}", os.O_RDWR)
        except OSError:
            return False
        try:
            return not _try_lock(descriptor)
        finally:
            os.close(descriptor)

    def begin_batch(self, batch_id: object, keys: Iterable[int]) -> None:
        """Name the keys that may be attempted, before their rows are committed as sending.

        Takes the room for all their lines at once, so that a disk that fills up later stops no outcome from
        being written. Raises JournalFull; then nothing may be attempted.
        """
        names = [str(key) for key in keys]
        line = f"B {batch_id} {' '.join(names)}\n".encode()
        try:
            os.posix_fallocate(self._descriptor, self._size, len(line) + _BYTES_PER_KEY * len(names))
        except OSError as error:
            if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
                self._cut(self._size)
                raise _full(error) from error
        self._write(line)

    def attempt(self, key: int) -> None:
        """Note that the content of `key` is about to be written. Raises JournalFull."""
        self._write(b"A %d\n" % key)

    def outcome(self, key: int, word: str, detail: str = "") -> None:
        """Note what became of `key`: one word, and up to 480 bytes of detail. Raises JournalFull."""
        if "\\" in detail or (detail and not (detail.isascii() and detail.isprintable())):
            detail = detail.encode("unicode_escape").decode("ascii")
        self._write(f"O {key} {word} {detail[:_MOST_DETAIL_BYTES]}\n".encode())

    def end_batch(self) -> None:
        """Forget all batches, after their outcomes were committed elsewhere."""
        self._cut(self._header_size)

    def close(self) -> None:
        """Give the journal up after the last `end_batch`; the file goes away."""
        if self._descriptor >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    def abandon(self) -> None:
        """Give the lock up and leave the file, so that `abandoned` finds what could not be settled."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, line: bytes) -> None:
        try:
            written = os.pwrite(self._descriptor, line, self._size)
        except OSError as error:
            raise _full(error) from error
        if written != len(line):
            self._cut(self._size)
            raise JournalFull("There was no room for a whole line of the journal.")
        self._size += written

    def _cut(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)
        self._size = size


class AbandonedJournal:
    """The journal of a process that is gone. Valid only until the next one is asked for."""

    def __init__(self, path: Path, content: bytes, boot: str) -> None:
        self._path = path
        self._attempted: set[int] = set()
        self._outcomes: dict[int, Verdict] = {}
        self._torn = ""
        self.keys: set[int] = set()
        # Reserved room that was never written reads as zeros.
        whole, _, torn = content.split(b"\0", 1)[0].rpartition(b"\n")
        header, *lines = whole.decode("ascii", "replace").split("\n")
        words = header.split(" ")
        self.owner = UUID(words[2])
        self._is_same_boot = bool(boot) and words[3:4] == [boot]
        # After a restart of this machine the host is still the same; a directory that several machines share, or a
        # disk that moved to another one, shows neither.
        self.is_from_elsewhere = not self._is_same_boot and words[4:] not in ([], [_host()])
        for line in lines:
            self._read_line(line)
        self._read_torn(torn.decode("ascii", "replace"))

    @classmethod
    def read(cls, path: Path, content: bytes) -> Self | None:
        """The journal in this file; None when a broken disk made nonsense of it. Such a file is put aside.

        Its rows are given up at the end of their lease, and it keeps no other journal from being read.
        """
        try:
            return cls(path, content, _boot())
        except (ValueError, IndexError):
            path.rename(path.with_suffix(".unreadable"))
            return None

    def verdict(self, key: int) -> Verdict:
        """What is known about `key`. "not_attempted" is only said when it is certain.

        A key of no batch in this journal is ambiguous: the journal has nothing to say about it.
        """
        if key in self._outcomes:
            return self._outcomes[key]
        is_certain = self._is_same_boot and key in self.keys and key not in self._attempted
        if is_certain and not (self._torn and str(key).startswith(self._torn)):
            return Verdict(NOT_ATTEMPTED)
        return Verdict(AMBIGUOUS)

    def discard(self) -> None:
        """Remove the file, after every key's verdict was committed elsewhere."""
        self._path.unlink(missing_ok=True)

    def _read_line(self, line: str) -> None:
        letter, _, rest = line.partition(" ")
        words = rest.split(" ", 2)
        if letter == "B":
            for key in (int(word) for word in rest.split(" ")[1:] if word):
                self.keys.add(key)
                self._attempted.discard(key)
                self._outcomes.pop(key, None)
        elif letter == "A":
            self._attempted.add(int(words[0]))
            self._outcomes.pop(int(words[0]), None)
        elif letter == "O":
            detail = words[2] if len(words) == 3 else ""
            if "\\" in detail:
                detail = detail.encode("ascii").decode("unicode_escape", "replace")
            self._outcomes[int(words[0])] = Verdict(words[1], detail)

    def _read_torn(self, line: str) -> None:
        """A last line without its end: an attempt of one of the keys that begin so, or nothing of weight.

        A torn B line is nothing: its batch had not begun. A torn O line leaves its key attempted.
        """
        if line.startswith("A "):
            self._torn = line[2:]


def _boot() -> str:
    """Which start of the operating system this is; "" where that cannot be told."""
    try:
        return _BOOT_FILE.read_text().strip()
    except OSError:
        return ""


def _host() -> str:
    """The name of this machine or container, without spaces."""
    return os.uname().nodename.replace(" ", "-") or "-"


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_begun(content: bytes) -> bool:
    return content.startswith(b"J 1 ") and b"\n" in content


def _read(descriptor: int) -> bytes:
    with open(descriptor, "rb", closefd=False) as stream:
        return stream.read()


def _full(error: OSError) -> JournalFull:
    return JournalFull(f"The journal of sent messages cannot be written: {error.strerror}.")
