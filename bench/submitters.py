"""`python -m bench.submitters HOST:PORT PATH COUNT SECONDS NAME`: people who fill in a form as fast as it answers.

A process of its own, so that the server is measured and not the one who asks. Prints JSON: `addresses`, the e-mail
addresses whose submission was acknowledged, and `seconds`. When the server dies everybody stops.
"""

import http.client
import json
import re
import sys
import threading
import time
import urllib.parse

HIDDEN = re.compile(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"')


class Submitter:
    """Somebody who looks at the form and sends it, each time as another person from another address."""

    def __init__(self, host: str, path: str, name: str) -> None:
        self.connection = http.client.HTTPConnection(host, timeout=30)
        self.path, self.name = path, name
        self.acknowledged: list[str] = []
        self.problem = ""

    def go_on_until(self, end: float) -> None:
        """One submission after the other."""
        number = 0
        try:
            while time.monotonic() < end:
                number += 1
                self._submit(number)
        except (OSError, http.client.HTTPException):
            pass  # the server is gone; what it acknowledged counts

    def _submit(self, number: int) -> None:
        email = f"{self.name}-{number}@example.org"
        headers = {"X-Forwarded-For": f"10.{hash(email) % 250}.{number // 250 % 250}.{number % 250 + 1}"}
        status, page, _location = self._ask("GET", self.path, None, headers)
        fields = dict(HIDDEN.findall(page)) | {"a.mail": email, "a.view": "alps", "a.name": "Wiremu Ngata"}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        status, page, _location = self._ask("POST", self.path, urllib.parse.urlencode(fields), headers)
        if status != 303:
            self.problem = f"{status} {page[:200]}"
            raise http.client.HTTPException
        self.acknowledged.append(email)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str, str]:
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers.get("Location", "")


def main(host: str, path: str, count: str, seconds: str, name: str) -> int:
    """Send them all, and tell what was acknowledged."""
    submitters = [Submitter(host, path, f"{name}-{number}") for number in range(int(count))]
    began = time.monotonic()
    threads = [threading.Thread(target=one.go_on_until, args=(began + float(seconds),)) for one in submitters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = {
        "addresses": [email for one in submitters for email in one.acknowledged],
        "seconds": time.monotonic() - began,
        "problems": [one.problem for one in submitters if one.problem],
    }
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
