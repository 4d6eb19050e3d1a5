"""`manage.py run_catcher`: the development mail server."""

import asyncio
import contextlib
import logging
import signal
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catcher.server import serve


class Command(BaseCommand):
    """Catches mail on a loopback port until stopped."""

    requires_system_checks = ()
    help = "Take mail over SMTP and keep it for the page /mail/; nothing leaves this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--host and --port; the port defaults to the one in SMTP_URL."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=urlsplit(settings.SMTP_URL).port or 2525)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve; raises CommandError when the port is taken."""
        # aiosmtpd writes a line for every command, addresses included.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        try:
            asyncio.run(self._serve_until_told(options["host"], options["port"]))
        except OSError as error:
            raise CommandError(f"Could not listen on {options['host']}:{options['port']}: {error.strerror}.") from error

    async def _serve_until_told(self, host: str, port: int) -> None:
        task = asyncio.ensure_future(serve(host, port))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task
