"""`python -m bench.sender`: one sender process, as a worker runs it, until nothing is due any more.

Says `ready`, waits for a line, sends, and prints its peak memory in MB and its CPU seconds.
"""

import sys
import time

import django

from bench.worker import peak_memory

if __name__ == "__main__":
    django.setup()
    from django.db import connection

    from delivery.services.sending import close_sender, run_sender

    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    used = time.process_time()
    # Nothing left to claim may also mean that another process has the rest.
    while run_sender("bulk"):
        pass
    print(peak_memory(), time.process_time() - used, flush=True)
    close_sender()
