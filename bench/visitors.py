"""`python -m bench.visitors HOST:PORT PATH COUNT SECONDS`: people in front of a flow, each reading before they answer.

A process of its own, so that the server is measured and not the one who asks. Prints JSON lists of milliseconds: of
looking at a page (`get`) and of sending a step (`post`), and how many came to the end.
"""

import http.client
import json
import random
import re
import sys
import threading
import time
import urllib.parse

HIDDEN = re.compile(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"')
# People need longer; so little keeps the server busier than fifty readers would.
READING = (1.0, 3.0)


class Visitor:
    """Somebody who goes through the flow again and again, one connection at a time as a browser does."""

    def __init__(self, host: str, path: str, number: int) -> None:
        self.chance = random.Random(number)
        self.connection = http.client.HTTPConnection(host, timeout=30)
        self.path = path
        # Each comes from an address of their own, as visitors do: limits count by it.
        self.headers = {"X-Forwarded-For": f"10.1.{number // 250}.{number % 250 + 1}", "Accept-Language": "en"}
        self.got: list[float] = []
        self.posted: list[float] = []
        self.finished = 0

    def go_on_until(self, end: float) -> None:
        """Begin anew whenever the end is reached."""
        time.sleep(self.chance.uniform(0, READING[1]))
        while time.monotonic() < end:
            self._go_through(end)

    def _go_through(self, end: float) -> None:
        address, page = self.path, self._get(self.path)
        while 'name="step"' in page and time.monotonic() < end:
            time.sleep(self.chance.uniform(*READING))
            fields = dict(HIDDEN.findall(page)) | {"a.view": "alps", "a.name": "Wiremu", "a.nights": "3"}
            status, location = self._post(address, fields)
            if status != 303:
                raise RuntimeError(f"{address} answered {status}")
            address = location
            page = self._get(address)
        self.finished += 'name="step"' not in page

    def _get(self, address: str) -> str:
        began = time.perf_counter()
        self.connection.request("GET", address, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read().decode()
        self.got.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{address} answered {answer.status}")
        return body

    def _post(self, address: str, fields: dict[str, str]) -> tuple[int, str]:
        body = urllib.parse.urlencode(fields)
        headers = {**self.headers, "Content-Type": "application/x-www-form-urlencoded"}
        began = time.perf_counter()
        self.connection.request("POST", address, body, headers)
        answer = self.connection.getresponse()
        answer.read()
        self.posted.append((time.perf_counter() - began) * 1000)
        return answer.status, answer.headers.get("Location", "")


def main(host: str, path: str, count: str, seconds: str) -> int:
    """Send them all, and tell how long they waited."""
    visitors = [Visitor(host, path, number) for number in range(int(count))]
    end = time.monotonic() + float(seconds)
    threads = [threading.Thread(target=one.go_on_until, args=(end,)) for one in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = {
        "get": [value for one in visitors for value in one.got],
        "post": [value for one in visitors for value in one.posted],
        "finished": sum(one.finished for one in visitors),
    }
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
