"""Throw-away servers leave nothing behind."""

import os
import tempfile
from pathlib import Path

from stack import testing
from stack.processes import identity


def test_files_of_a_killed_run_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, owner in (("dead", "999999999 some boot 1"), ("mine", f"{os.getpid()} {identity(os.getpid())}")):
        (tmp_path / f"rapport-test-{name}").mkdir()
        (tmp_path / f"rapport-test-{name}" / "owner").write_text(owner)
    (tmp_path / "rapport-test-unknown").mkdir()
    (tmp_path / "other").mkdir()
    testing.remove_abandoned()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "rapport-test-mine", "rapport-test-unknown"]


def test_a_stopped_run_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tmp_path.chmod(0o711)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.getuid() and len(parent.parts) > 2:
            parent.chmod(parent.stat().st_mode | 0o001)
    servers = testing.start()
    assert Path(servers.home).exists()
    servers.stop()
    assert list(tmp_path.iterdir()) == []
