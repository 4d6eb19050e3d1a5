"""`python -m bench.export_worker EXPORT_ID`: a process that writes one export and prints its peak memory in MB."""

import sys

import django

from bench.worker import peak_memory

if __name__ == "__main__":
    django.setup()
    from contacts.services.exports import run_export

    run_export(export_id=int(sys.argv[1]))
    print(peak_memory())
