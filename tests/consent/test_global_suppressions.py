"""The installation's own list, by `manage.py suppress`."""

import pytest
from django.core.management import CommandError, call_command

from consent.models import GlobalSuppression
from consent.services.global_suppressions import add_everywhere
from consent.suppression_file import entry_of
from core.crypto import address_hash

pytestmark = pytest.mark.django_db


def said(capsys, *words: str) -> str:
    call_command("suppress", *words)
    return capsys.readouterr().out


def test_addresses_and_domains_are_added_and_removed(capsys):
    assert said(capsys, "add", "Ada@Example.org", "@example.net", "--note", "abuse") == (
        "2 new or stronger, 0 lines left out.\n"
    )
    row = GlobalSuppression.objects.get(domain="")
    assert (bytes(row.address_hash), row.reason, row.note) == (address_hash("ada@example.org"), "manual", "abuse")
    assert said(capsys, "list") == "1 addresses (kept as digests), 1 domains\nexample.net  manual  abuse\n"
    assert said(capsys, "remove", "ada@example.org", "example.net") == "2 taken off.\n"
    assert not GlobalSuppression.objects.exists()


def test_nonsense_adds_nothing():
    with pytest.raises(CommandError, match="nonsense"):
        call_command("suppress", "add", "ada@example.org", "nonsense")
    with pytest.raises(CommandError, match="neither"):
        call_command("suppress", "remove", "nonsense")
    assert not GlobalSuppression.objects.exists()


def test_a_file_is_imported_and_counted(tmp_path, capsys):
    path = tmp_path / "list.txt"
    path.write_text(f"email\nada@example.org\nada@example.org\nexample.net\n{'ab' * 16}\nrubbish\n")
    assert said(capsys, "import", str(path), "--reason", "legal") == "3 new or stronger, 1 lines left out.\n"
    assert set(GlobalSuppression.objects.values_list("reason", flat=True)) == {"legal"}


def test_a_missing_file_is_explained(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("suppress", "import", str(tmp_path / "none.txt"))


def test_a_reason_never_gets_weaker():
    entries = [entry_of("ada@example.org")]
    assert add_everywhere(entries=entries, reason="complaint").written == 1
    assert add_everywhere(entries=entries, reason="manual").written == 0
    assert GlobalSuppression.objects.get().reason == "complaint"
