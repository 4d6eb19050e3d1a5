"""`python -m bench.worker IMPORT_ID`: runs one import, and prints its peak memory in MB and its CPU seconds."""

import sys
import time
from pathlib import Path

import django


def peak_memory() -> float:
    """This process's peak in MB; getrusage would count what the process it was forked from held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    django.setup()
    from contacts.services.running import run_import

    began = time.process_time()
    run_import(import_id=int(sys.argv[1]))
    print(peak_memory(), time.process_time() - began)
