"""Log lines without anything personal: addresses are masked wherever they come from."""

import logging
import re

ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+")


class LineFormatter(logging.Formatter):
    """`2026-11-21T10:00:00 INFO delivery.sending words`, with every e-mail address masked."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line, masked. Tracebacks too: a database error quotes the row it refused."""
        return ADDRESS.sub("***@***", super().format(record))
