"""Reading a feed: RSS, Atom or JSON Feed as bytes go in, plain entries come out."""

import datetime as dt
import hashlib
import html
import io
import json
import re
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser  # type: ignore[import-untyped]

from core.clock import UTC

MOST_ENTRIES = 50
LONGEST_TITLE = 300
LONGEST_SUMMARY = 500
LONGEST_LINK = 2_000

_TAG = re.compile(r"<[^<>]*>")
# To the end where it is never closed, as browsers read it; a search that fails would begin again at each of thousands.
_UNSEEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)


class FeedError(Exception):
    """What came is no feed."""


@dataclass(frozen=True)
class Entry:
    """One entry, in plain text. `key` is a digest of what the feed calls it; `published_at` is None where unsaid."""

    key: str
    title: str
    link: str
    summary: str
    image: str
    published_at: dt.datetime | None

    def as_field(self) -> dict[str, str]:
        """As templates see it."""
        date = self.published_at.date().isoformat() if self.published_at else ""
        return {"title": self.title, "link": self.link, "summary": self.summary, "image": self.image, "date": date}


@dataclass(frozen=True)
class Feed:
    """A feed's own words and its entries, in the feed's order, each once."""

    title: str
    link: str
    entries: list[Entry]


def read_feed(body: bytes, *, url: str, content_type: str = "") -> Feed:
    """Read a feed that came from `url`. Raises FeedError for anything else."""
    if "json" in content_type.lower() or body.lstrip()[:1] == b"{":
        return _read_json(body, url)
    try:
        return _read_xml(body, url, content_type)
    except FeedError:
        raise
    except Exception as error:  # any bytes at all may come in, and the library has many ways to stumble
        raise FeedError from error


def _read_xml(body: bytes, url: str, content_type: str) -> Feed:
    # A stream, never a string: of a string the library would make an address or a file to open.
    found = feedparser.parse(io.BytesIO(body), response_headers={"content-type": content_type or "application/xml"})
    if not found.get("version"):
        raise FeedError
    entries = [_entry(row, url) for row in found.entries[:MOST_ENTRIES]]
    about = found.feed
    return Feed(_text(about.get("title"), LONGEST_TITLE), _link(about.get("link"), url), _each_once(entries))


def _entry(row: Mapping[str, Any], url: str) -> Entry:
    parsed = row.get("published_parsed") or row.get("updated_parsed")
    pictures = [one.get("href") for one in row.get("enclosures", ()) if str(one.get("type", "")).startswith("image/")]
    pictures += [one.get("url") for one in (*row.get("media_content", ()), *row.get("media_thumbnail", ()))]
    return _made(
        name=row.get("id") or row.get("link") or row.get("title"),
        title=row.get("title"),
        link=_link(row.get("link"), url),
        summary=row.get("summary"),
        image=_link(next((one for one in pictures if one), ""), url),
        published_at=_instant(parsed),
    )


def _read_json(body: bytes, url: str) -> Feed:
    """JSON Feed, versions 1 and 1.1 (jsonfeed.org)."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FeedError from error
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise FeedError
    entries = [
        _made(
            name=row.get("id") or row.get("url"),
            title=row.get("title"),
            link=_link(row.get("url") or row.get("external_url"), url),
            summary=row.get("summary") or row.get("content_text") or row.get("content_html"),
            image=_link(row.get("image") or row.get("banner_image"), url),
            published_at=_moment(row.get("date_published")),
        )
        for row in items[:MOST_ENTRIES]
        if isinstance(row, dict)
    ]
    home = _link(found.get("home_page_url"), url)
    return Feed(_text(found.get("title"), LONGEST_TITLE), home, _each_once(entries))


def _made(*, name: Any, link: str, **values: Any) -> Entry:
    key = hashlib.sha256(str(name or link).encode(errors="surrogatepass")).hexdigest()
    title = _text(values["title"], LONGEST_TITLE) or _text(values["summary"], 80) or link
    summary = _text(values["summary"], LONGEST_SUMMARY)
    return Entry(key, title, link, summary, values["image"], values["published_at"])


def _each_once(entries: list[Entry]) -> list[Entry]:
    return list({entry.key: entry for entry in reversed(entries)}.values())[::-1]


def _text(value: Any, most: int) -> str:
    """Plain words of a text that may hold markup, whole words within `most` letters."""
    if not isinstance(value, str):
        return ""
    plain = html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", value[:100_000])))
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in plain).split())
    if len(plain) <= most:
        return plain
    return plain[: most - 1].rsplit(" ", 1)[0] + "…"


def _link(value: Any, url: str) -> str:
    """A whole web address, or nothing."""
    if not isinstance(value, str) or not value.strip():
        return ""
    try:
        address = urljoin(url, value.strip())
        split = urlsplit(address)
        is_web = split.scheme in ("http", "https") and bool(split.hostname)
    except ValueError:
        return ""
    return address if is_web and len(address) <= LONGEST_LINK and address.isprintable() else ""


def _instant(parsed: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, TypeError):
        return None


def _moment(value: Any) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment is not None else None
    except (ValueError, OverflowError):
        return None
