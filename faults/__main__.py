"""`python -m faults [--only ROW] [--size N]`: break things on purpose and print what became of the promises.

The exit status is 1 when a row fails.
"""

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from faults.result import Result, Wait, json_line, table
from stack import testing
from stack.places import ROOT

if TYPE_CHECKING:
    from faults.world import World

LONG_SECONDS = 5
ROWS = ("kills", "nodes", "broker", "database", "smtp", "stop", "deploy", "disk", "together", "clock")


def main(arguments: list[str]) -> int:
    """Run the rows asked for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m faults", description="Break things while messages are sent.")
    parser.add_argument("--only", action="append", choices=ROWS, help="run one row; may be given again")
    parser.add_argument("--size", type=int, help="how many people, instead of the matrix's own number")
    parser.add_argument("--small", action="store_true", help="the sizes of the tests")
    parser.add_argument("--json", action="store_true", help="print one line of JSON for each result as it comes")
    parser.add_argument("--schema", type=Path, help="a dump of the migrated database, instead of migrating")
    parser.add_argument("--logs", type=Path, help="where to keep the logs of all processes")
    chosen = parser.parse_args(arguments)
    servers = testing.start(durable=True)
    try:
        os.environ.update(servers.environment, DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="WARNING")
        os.environ["RAPPORT_CLOCK"] = str(servers.home / "harness.clock")
        os.chdir(ROOT)
        results = _run(servers, chosen)
        if not chosen.json:
            print(table(results))
        return 0 if all(result.passed for result in results) else 1
    finally:
        _keep_logs(servers.home, chosen.logs)
        servers.stop()


def _run(servers: testing.TestServers, chosen: argparse.Namespace) -> list[Result]:
    import django

    django.setup()
    from faults.nodes import manage
    from faults.world import load_schema, running_world

    if chosen.schema:
        load_schema(servers, chosen.schema)
    else:
        manage(os.environ, "migrate", "--no-input", "--verbosity", "0")
    results: list[Result] = []
    with running_world(servers, is_small=chosen.small) as world:
        for name in chosen.only or ROWS:
            for result in with_waits(name, _run_row(name, world, chosen.size), world.waits()):
                results.append(result)
                print(json_line(result) if chosen.json else f"{result.row} {result.seconds:.0f} s", flush=True)
    return results


def _run_row(name: str, world: "World", size: int | None) -> list[Result]:
    """The row's results; one that ends in an exception has failed, and the others run all the same."""
    try:
        found: list[Result] = importlib.import_module(f"faults.rows.{name}").run(world, size)
        return found
    except Exception as error:
        traceback.print_exc()
        return [Result(row=name, size=size or 0, problems=[f"{type(error).__name__}: {error}"])]


def with_waits(name: str, results: list[Result], waits: Sequence[Wait]) -> list[Result]:
    """The row's results, the last of which names what was waited for in vain; long waits are told to who looks on."""
    for wait in waits:
        if wait.seconds >= LONG_SECONDS or not wait.came:
            print(f"{name}: {wait}", file=sys.stderr, flush=True)
    results[-1].problems += [str(wait) for wait in waits if not wait.came]
    return results


def _keep_logs(home: Path, where: Path | None) -> None:
    if where is not None:
        where.mkdir(parents=True, exist_ok=True)
        for log in [*home.glob("*.log"), *home.glob("faults/*.log"), *home.glob("faults/*.accepted")]:
            (where / log.name).write_bytes(log.read_bytes())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
