"""What import-linter cannot see: relations, signals, sizes, names of tasks and events, and who may send."""

import ast
import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps
from django.conf import settings

from accounts.wording import ACTIONS
from events.catalogue import BUILT_IN

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = configparser.ConfigParser()
CONTRACTS.read(ROOT / ".importlinter")
LAYERS = [
    [word.strip() for word in line.split("|")]
    for line in CONTRACTS["importlinter:contract:apps"]["layers"].strip().splitlines()
]
RANK = {app: number for number, row in enumerate(LAYERS) for app in row}
PACKAGES = [name for name in RANK if (ROOT / name).is_dir()]
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "signals", "selectors"}
LONGEST_FILE, LONGEST_CLASS, LONGEST_FUNCTION = 400, 300, 40


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders or (*PACKAGES, "stack"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text()


def test_every_local_app_is_in_the_layers() -> None:
    local = {config.name for config in apps.get_app_configs() if Path(config.path).parent == ROOT}

    # config and experiments keep no rows, so Django need not know them.
    assert local == set(PACKAGES) - {"config", "experiments"}


def test_relations_point_down_and_leave_no_trace_above() -> None:
    wrong = []
    for model in apps.get_models():
        app = model._meta.app_label
        if app not in RANK:
            continue
        for field in model._meta.get_fields():
            target = field.related_model._meta.app_label if field.is_relation and field.related_model else app
            if not field.concrete or target == app or target not in RANK:
                continue
            is_account = target == "accounts" and app == "accounts"
            if RANK[target] <= RANK[app] or (field.remote_field.related_name != "+" and not is_account):
                wrong.append(f"{model.__name__}.{field.name} -> {target}")
    assert wrong == []


def test_there_are_no_django_signals() -> None:
    pattern = re.compile(r"django\.(db\.models|core|dispatch)\.?\w* import .*(signal|receiver)|@receiver")

    assert [name for name, text in sources() if pattern.search(text)] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name for name, _text in sources() if Path(name).stem in FORBIDDEN_NAMES] == []


def sizes() -> Iterator[str]:
    for name, text in sources():
        if text.count("\n") > LONGEST_FILE:
            yield f"{name}: {text.count(chr(10))} lines"
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            limit = LONGEST_CLASS if isinstance(node, ast.ClassDef) else LONGEST_FUNCTION
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > limit:
                yield f"{name}: {node.name} {length} lines"


def test_files_classes_and_functions_stay_readable() -> None:
    assert list(sizes()) == []


def test_public_functions_say_what_they_do() -> None:
    silent = []
    for name, text in sources():
        for node in ast.parse(text).body:
            is_public = isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
            if is_public and not ast.get_docstring(node) and not name.endswith(("apps.py", "__main__.py", "api.py")):
                silent.append(f"{name}: {node.name}")
    assert silent == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"EmailMessage\(|EmailMultiAlternatives\(|mail_admins",
        r"import smtplib|aiosmtplib",
        r"import (requests|httpx)\b",
    ],
)
def test_nobody_sends_beside_delivery(pattern: str) -> None:
    allowed = ("delivery/", "channels/transports/", "catcher/")
    found = [name for name, text in sources(*PACKAGES) if re.search(pattern, text) and not name.startswith(allowed)]

    assert found == []


def test_django_mail_takes_the_one_way() -> None:
    # accounts lie below delivery: their invitations are Django's own mail, which this backend hands over.
    users = {name.split("/")[0] for name, text in sources(*PACKAGES) if re.search(r"\bsend_mail\(", text)}

    assert users <= {"accounts"}
    assert (ROOT / "config/settings.py").read_text().count(
        'EMAIL_BACKEND = "delivery.email_backend.DeliveryBackend"'
    ) == 1


def test_every_enqueued_task_exists() -> None:
    names = {
        match
        for _name, text in sources(*PACKAGES)
        for match in re.findall(r"enqueue(?:_gathered)?\(\s*\"([a-z_.]+)\"", text)
    }

    assert names
    assert names - set(current_app.tasks) == set()


def test_every_beat_entry_exists() -> None:
    entries = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert entries == {"core.tick"}
    assert entries - set(current_app.tasks) == set()


def test_every_recorded_event_is_in_the_catalogue() -> None:
    pattern = re.compile(
        r"record\(\s*[\w.]+,\s*\"([a-z_]+\.[a-z_]+)\"|\bkind=\"([a-z_]+\.[a-z_]+)\"|\bon\(\"([a-z_.]+)\""
    )
    kinds = {"".join(match) for _name, text in sources(*PACKAGES) for match in pattern.findall(text)}

    assert kinds
    assert kinds - set(BUILT_IN) == set()


def test_every_audited_action_has_words() -> None:
    literal = re.compile(r"action(?: =|=)[^,\n]*|\b_audit\([^\n]*")
    actions = {
        action
        for _name, text in sources(*PACKAGES)
        for found in literal.findall(text)
        for action in re.findall(r"\"([a-z_]+\.[a-z_]+)\"", found)
    }
    notes = {match for _name, text in sources("campaigns") for match in re.findall(r"note\(\w+, \w+, \"(\w+)\"", text)}

    assert len(actions) > 20
    assert len(notes) > 5
    assert actions | {f"campaign.{word}" for word in notes} == set(ACTIONS)


def test_objects_are_reached_through_their_workspace() -> None:
    pattern = re.compile(r"\.objects\.(get|filter|all|exclude|first|last)\(")
    views = [
        f"{name}: {line.strip()}"
        for name, text in sources(*PACKAGES)
        if "/views" in name and not name.startswith(("catcher/", "core/"))
        for line in text.splitlines()
        if pattern.search(line) and "MessageFact" not in line
    ]

    assert views == []
