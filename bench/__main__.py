"""`python -m bench [--only NAME]`: run the figures and print a table and one JSON line for each.

The exit status is 0 unless something could not be measured; a missed target is said, not punished.
"""

import argparse
import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable
from typing import Any

from bench.figure import Figure, json_line, table
from stack import testing

ADVICE = "could not be measured"


def figure_modules() -> dict[str, str]:
    """Module names under bench.figures by the name each figure is asked for; files that begin with _ are no figures."""
    import bench.figures

    found = (module.name for module in pkgutil.iter_modules(bench.figures.__path__) if module.name[0] != "_")
    return {name: f"bench.figures.{name}" for name in sorted(found)}


def main(arguments: list[str]) -> int:
    """Run what was asked for; returns the exit status."""
    modules = figure_modules()
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Rapport on a database of its own.")
    parser.add_argument("--only", choices=[*modules, "import"], help="run one figure")
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many contacts (default 1,000,000)")
    chosen = parser.parse_args(arguments)
    only = {"import": "import_contacts"}.get(chosen.only, chosen.only)
    servers = testing.start(durable=True)
    try:
        os.environ.update(servers.environment, DJANGO_SETTINGS_MODULE="config.settings")
        from bench.world import Bench

        bench = Bench(rows=chosen.rows, home=servers.home)
        return _run([only] if only else list(modules), modules, bench)
    finally:
        servers.stop()


def _run(names: list[str], modules: dict[str, str], bench: Any) -> int:
    figures: list[Figure] = []
    failed = []
    for name in names:
        run: Callable[[Any], list[Figure]] = importlib.import_module(modules[name]).run
        try:
            figures += run(bench)
        except Exception:
            traceback.print_exc()
            failed.append(name)
    print(table(figures))
    for figure in figures:
        print(json_line(figure))
    for name in failed:
        print(f"{name} {ADVICE}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
