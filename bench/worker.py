"""`python -m bench.worker IMPORT_ID`: a process that runs one import and prints the most memory it held, in MB."""

import sys
from pathlib import Path

import django


def peak_memory() -> float:
    """This process's peak in MB; getrusage would count what the process it was forked from held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    django.setup()
    from contacts.services.running import run_import

    run_import(import_id=int(sys.argv[1]))
    print(peak_memory())
