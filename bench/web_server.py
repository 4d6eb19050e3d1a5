"""A web server of its own on loopback, as the supervisor starts it in production."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class WebServer:
    """A running server; `host` is its address and port."""

    def __init__(self, process: "subprocess.Popen[bytes]", host: str) -> None:
        self.process, self.host = process, host

    def kill(self) -> None:
        """As a power cut would: no signal that could be answered, to the supervisor and its workers at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@contextmanager
def web_server() -> Iterator[WebServer]:
    """Granian with two processes. Visitors come from addresses of their own, told by the one proxy in front."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--no-ws"]
    environment = {**os.environ, "TRUSTED_PROXY_COUNT": "1", "ALLOWED_HOSTS": "127.0.0.1"}
    command = [sys.executable, "-m", "granian", *words, "--blocking-threads", "4", "config.wsgi:application"]
    # What it has to say goes where the bench's own errors go.
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait(process, port)
        yield WebServer(process, f"127.0.0.1:{port}")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the web server did not start")
