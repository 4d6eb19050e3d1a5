"""The fault matrix in small: real workers, broker, database and mail server, all of their own, and everything breaks.

`make faults` runs the same rows at the matrix's sizes (docs/faults.md).
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from faults.__main__ import ROWS
from stack.places import ROOT
from stack.postgres import wheel_directory

# The mark has the database made of which a copy is taken.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults"), pytest.mark.django_db]

# Generous, because nothing here waits for the clock but for conditions, and machines may be busy.
LONGEST_SECONDS = 900


@pytest.fixture(scope="module")
def matrix(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> dict[str, list[dict[str, Any]]]:
    """What came of the rows that are to be tested, run once in a world of their own."""
    wanted = {item.callspec.params["row"] for item in request.session.items if item.fspath == request.fspath}
    folder = tmp_path_factory.mktemp("faults")
    schema = folder / "schema.sql"
    with django_db_blocker.unblock():
        dump_schema(schema)
        connection.close()
    chosen = [word for row in ROWS if row in wanted for word in ("--only", row)]
    done = subprocess.run(
        [sys.executable, "-m", "faults", "--small", "--json", "--schema", str(schema), "--logs", str(folder), *chosen],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS,
    )  # fmt: skip
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode == 0) == all(result["passed"] for result in results), done.stderr
    return {row: [result for result in results if result["row"].split(",")[0] == row] for row in wanted}


def dump_schema(path: Path) -> None:
    """The migrated database of these tests, as statements; migrating once more would take longer than any row."""
    database = connection.settings_dict
    program = wheel_directory() / "pginstall" / "bin" / "pg_dump"
    words = ["--no-owner", "--no-privileges", "-h", database["HOST"], "-U", database["USER"], database["NAME"]]
    subprocess.run([str(program), *words, "-f", str(path)], check=True)


@pytest.mark.parametrize("row", ROWS)
def test_promises_hold_while_it_breaks(row: str, matrix: dict[str, list[dict[str, Any]]]) -> None:
    results = matrix[row]

    assert results
    for result in results:
        assert result["problems"] == [], result
        # Said again here, of what the row counted: nobody twice, nobody forgotten, and little unknown.
        assert set(result["copies"]) <= {"1"}
        assert sum(result["outcomes"].values()) == result["size"] > 0
        assert result["outcomes"].get("unknown", 0) <= result["bound"]
        assert result["outcomes"].get("sent", 0) <= result["copies"]["1"]
