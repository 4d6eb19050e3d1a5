"""What belongs together: consent and subscribing, contests and their rules, pictures and their words, channels."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from flows.checking.meaning import has_words
from flows.checking.places import Document, actions_of, all_blocks, input_blocks
from flows.checking.problems import Problem
from flows.engine.dates import read_moment

BEACON_AFTER = dt.timedelta(hours=1)
# Block types that a channel without pictures, or without anything but words, cannot show.
_PICTURES = frozenset({"picture_choice", "hotspot", "image", "video", "gallery", "chart", "signature", "embed"})
_PAGES = frozenset({"matrix", "file_upload", "slider", "ranking", "payment", "captcha", "countdown"})
CANNOT_SHOW: Mapping[str, frozenset[str]] = {
    "sms": _PICTURES | _PAGES,
    "voice": _PICTURES | _PAGES | {"email", "url", "long_text", "address"},
    "email": frozenset({"file_upload", "signature", "payment", "captcha"}),
}


def check_setting(flow: Document) -> Iterator[Problem]:
    """E14 to E19, E23."""
    yield from _subscribing(flow)
    yield from _media(flow)
    for channel in (flow.get("settings") or {}).get("channels") or ():
        for place in all_blocks(flow):
            if place.value["type"] in CANNOT_SHOW.get(channel, ()):
                yield Problem("E19", place.path, {"channel": channel, "type": place.value["type"]})
    contest = flow.get("contest")
    if contest is not None:
        yield from _contest(contest)
        yield from _eligibility(flow, contest)
        yield from _instant_win(contest)


def _subscribing(flow: Document) -> Iterator[Problem]:
    consents = [place.value for place in input_blocks(flow) if place.value["type"] == "consent"]
    for action in actions_of(flow):
        if action.value["do"] == "subscribe":
            channel, topic = action.value["channel"], action.value.get("topic")
            fitting = [one for one in consents if channel in (one.get("channels") or ())]
            if not any(not topic or not one.get("topics") or topic in one["topics"] for one in fitting):
                yield Problem("E14", action.path, {"channel": channel})


def _media(flow: Document) -> Iterator[Problem]:
    video = flow.get("video")
    kinds = {track["kind"] for track in (video or {}).get("tracks") or ()}
    if video is not None and not kinds & {"captions", "subtitles"}:
        yield Problem("E18", "/video/tracks")
    for place in all_blocks(flow):
        if place.value["type"] == "image" and not has_words(place.value.get("alt")):
            yield Problem("E18", f"{place.path}/alt")
        if place.value["type"] == "picture_choice":
            for number, choice in enumerate(place.value["choices"]):
                if choice.get("image") and not (has_words(choice.get("alt")) or has_words(choice["label"])):
                    yield Problem("E18", f"{place.path}/choices/{number}/alt")


def _contest(contest: Mapping[str, Any]) -> Iterator[Problem]:
    opens, closes = read_moment(contest["opens_at"]), read_moment(contest["closes_at"])
    if opens is None or closes is None or opens >= closes:
        yield Problem("E15", "/contest/closes_at", {"missing": "dates"})
    voting = [read_moment(contest.get(name)) for name in ("voting_opens_at", "voting_closes_at")]
    if voting[0] and voting[1] and voting[0] >= voting[1]:
        yield Problem("E15", "/contest/voting_closes_at", {"missing": "dates"})
    if not contest.get("prizes"):
        yield Problem("E15", "/contest/prizes", {"missing": "prizes"})
    if contest["selection"] == "random_draw" and not contest.get("draw"):
        yield Problem("E15", "/contest/draw", {"missing": "draw"})
    referral = any(method["type"] == "referral" for method in contest.get("entry_methods") or ())
    if (referral or contest.get("referral")) and contest.get("verification", "none") == "none":
        yield Problem("E15", "/contest/verification", {"missing": "verification"})
    beacon = (contest.get("draw") or {}).get("beacon") or {}
    at = read_moment(beacon.get("at"))
    if beacon and (at is None or closes is None or at < closes + BEACON_AFTER):
        yield Problem("E16", "/contest/draw/beacon/at")


def _eligibility(flow: Document, contest: Mapping[str, Any]) -> Iterator[Problem]:
    rules = contest.get("eligibility") or {}
    fields = {place.value.get("contact_field") for place in input_blocks(flow)}
    if rules.get("min_age") and "birth_date" not in fields:
        yield Problem("E17", "/contest/eligibility/min_age", {"field": "birth_date"})
    codes = (rules.get("countries") or {}).get("codes") or ()
    if codes and "country" not in fields:
        yield Problem("E17", "/contest/eligibility/countries", {"field": "country"})
    elif any("-" in code for code in codes) and "region" not in fields:
        yield Problem("E17", "/contest/eligibility/countries", {"field": "region"})


def _instant_win(contest: Mapping[str, Any]) -> Iterator[Problem]:
    instant = contest.get("instant_win")
    if contest["selection"] != "instant_win" and instant is None:
        return
    if (instant or {}).get("mode") == "probability":
        yield Problem("E23", "/contest/instant_win/mode")
    elif not (instant or {}).get("moments_sha256"):
        yield Problem("E23", "/contest/instant_win/moments_sha256")
