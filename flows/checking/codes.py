"""Questions for a mailed code: whether there can be an address to mail it to, and a page to type it on."""

from collections.abc import Iterator

from flows.checking.places import Document, all_blocks
from flows.checking.problems import Problem
from flows.checking.ways import Ways


def check_codes(flow: Document) -> Iterator[Problem]:
    """`no_address` for a code no e-mail question can come before, `chat` for one that is asked in a chat."""
    codes = [place for place in all_blocks(flow) if place.value["type"] == "otp"]
    if not codes:
        return
    if (flow.get("settings") or {}).get("mode") == "chat":
        yield from (Problem("chat", place.path, {"key": place.value["key"]}) for place in codes)
        return
    ways = Ways(flow)
    asked = {place.step for place in all_blocks(flow) if place.value["type"] == "email" and place.step}
    after = {step for key in asked for step in ways.reached(ways.next[key])}
    yield from (Problem("no_address", one.path, {"key": one.value["key"]}) for one in codes if one.step not in after)
