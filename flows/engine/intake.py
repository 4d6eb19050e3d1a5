"""From what a visitor sent to what is stored: one form, or the code of what is wrong with it (docs/flows.md)."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import SplitResult, urlsplit

from flows.engine.countries import CODES
from flows.engine.dates import read_day
from flows.engine.locales import NO_WORDS, YES_WORDS, habits_of
from flows.engine.typed_numbers import ascii_digits, read_number
from flows.engine.values import Value, fold, nfc

Block = Mapping[str, Any]

SHORT_TEXT, LONG_TEXT = 1_000, 10_000
CHOICES = ("single_choice", "dropdown", "picture_choice", "hotspot")
FROM_SERVER = ("payment", "otp", "captcha")
_ADDRESS_MEMBERS = ("line1", "line2", "city", "region", "postcode", "country")
_NAME_MEMBERS = ("first", "middle", "last")


class Refused(Exception):
    """The answer cannot be taken; `code` is the error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Taken:
    """What is stored of an answer (None: there is none), and the free text of an `other` choice."""

    value: Value = None
    other: str | None = None


def take(block: Block, raw: Value, locale: str, choices: Sequence[str] | None = None) -> Taken:
    """The answer to a block. `choices` are the keys that are visible, all where it is None. Raises Refused."""
    if isinstance(raw, str):
        raw = clean_text(raw, keeps_lines=block["type"] == "long_text")
    if raw is None or raw in ("", [], {}):
        return Taken()
    kind = block["type"]
    if kind in CHOICES:
        return _choice(block, raw, _visible(block, choices))
    if kind == "multiple_choice":
        return _several(block, raw, _visible(block, choices))
    if kind == "ranking":
        return Taken(_ranking(raw, _visible(block, choices)))
    return Taken(_TAKERS[kind](block, raw, locale))


def clean_text(text: str, *, keeps_lines: bool = False) -> str:
    """NFC without control characters and outer blanks; line breaks become blanks unless they are kept."""
    if keeps_lines:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    else:
        text = re.sub(r"[ \t]*[\r\n\u2028\u2029]+[ \t]*", " ", text)
    if not text.isprintable():
        text = "".join(one for one in text if unicodedata.category(one) != "Cc" or (keeps_lines and one == "\n"))
    return nfc(text).strip()


def choice_list(block: Block) -> Sequence[Mapping[str, Any]]:
    """The choices of a block, the regions of a hotspot, in order of definition."""
    found: Sequence[Mapping[str, Any]] = block.get("regions" if block["type"] == "hotspot" else "choices") or ()
    return found


def _visible(block: Block, choices: Sequence[str] | None) -> list[str]:
    keys = [str(choice["key"]) for choice in choice_list(block)]
    return keys if choices is None else [key for key in keys if key in choices]


def _other_text(block: Block, key: str, raw: Mapping[str, Any]) -> str | None:
    """The free text that came with a choice; only an `other` choice may have one."""
    takes_text = any(choice["key"] == key and choice.get("other") for choice in choice_list(block))
    text = raw.get("text")
    if text is None:
        return None
    if not takes_text or not isinstance(text, str):
        raise Refused("choice")
    return _bounded(clean_text(text), SHORT_TEXT) or None


def _choice(block: Block, raw: Value, visible: list[str]) -> Taken:
    key, other = raw, None
    if isinstance(raw, Mapping):
        key = raw.get("key")
        other = _other_text(block, str(key), raw)
    if not isinstance(key, str) or key not in visible:
        raise Refused("choice")
    return Taken(key, other)


def _several(block: Block, raw: Value, visible: list[str]) -> Taken:
    if not isinstance(raw, list):
        raise Refused("type")
    chosen = [_choice(block, one, visible) for one in raw]
    keys = {one.value for one in chosen}
    exclusive = {choice["key"] for choice in choice_list(block) if choice.get("exclusive")}
    if len(keys) > 1 and keys & exclusive:
        raise Refused("exclusive")
    return Taken([key for key in visible if key in keys], next((one.other for one in chosen if one.other), None))


def _ranking(raw: Value, visible: list[str]) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(key, str) and key in visible for key in raw):
        raise Refused("choice")
    if len(set(raw)) < len(raw):
        raise Refused("choice")
    if len(raw) < len(visible):
        raise Refused("incomplete")
    return list(raw)


def _bounded(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Refused("max_length")
    return text


def _text(limit: int) -> Callable[[Block, Value, str], str]:
    def taken(_block: Block, raw: Value, _locale: str) -> str:
        if not isinstance(raw, str):
            raise Refused("type")
        return _bounded(raw, limit)

    return taken


_SCALES: dict[str, tuple[int, int]] = {"rating": (1, 5), "opinion_scale": (0, 10), "nps": (0, 10), "slider": (0, 100)}


def _number(block: Block, raw: Value, locale: str) -> Decimal:
    number = read_number(raw, locale)
    if number is None:
        raise Refused("type")
    low, high = _SCALES.get(block["type"], (None, None))
    least, most = block.get("min", low), block.get("max", high)
    step = block.get("step", None if low is None else 1)
    if least is not None and number < least:
        raise Refused("min")
    if most is not None and number > most:
        raise Refused("max")
    if step and (number - Decimal(least or 0)) % Decimal(step):
        raise Refused("step")
    return number


_LOCAL_PART = re.compile(r"[^\s,;:<>()\[\]\\\"@]{1,64}")
_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")


def read_email(raw: Value) -> str | None:
    """A mailbox as it is stored, None for anything else."""
    if not isinstance(raw, str) or len(raw) > 254:
        return None
    local, _at, domain = raw.rpartition("@")
    if not _LOCAL_PART.fullmatch(local) or local[0] == "." or local[-1] == "." or ".." in local:
        return None
    labels = domain.lower().split(".")
    return f"{local}@{domain.lower()}" if len(labels) > 1 and all(map(_is_label, labels)) else None


def _is_label(label: str) -> bool:
    """Letters, marks, digits and inner hyphens."""
    signs = "".join(one for one in label if not unicodedata.category(one).startswith("M"))
    return bool(_LABEL.fullmatch(signs)) and "_" not in signs


def read_phone(raw: Value) -> str | None:
    """A phone number as + and digits, None for anything else."""
    if not isinstance(raw, str):
        return None
    plain = re.sub(r"[\s().-]", "", ascii_digits(raw))
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    return plain if re.fullmatch(r"\+[0-9]{7,15}", plain) else None


def read_url(raw: Value) -> str | None:
    """An http address as it is stored, None for anything else. A bare host gets https."""
    if not isinstance(raw, str) or len(raw) > 2_048 or re.search(r"[\s\\<>\"]", raw):
        return None
    try:
        parts = urlsplit(raw if "://" in raw else f"https://{raw}")
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return None
    labels = host.split(".")
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc:
        return None
    if len(labels) < 2 or not all(map(_is_label, labels)):
        return None
    found = SplitResult(parts.scheme.lower(), parts.netloc.lower(), parts.path, parts.query, parts.fragment).geturl()
    return found if len(found) <= 2_048 else None


def _read_by(read: Callable[[Value], str | None], code: str) -> Callable[[Block, Value, str], str]:
    def taken(_block: Block, raw: Value, _locale: str) -> str:
        found = read(raw)
        if found is None:
            raise Refused(code)
        return found

    return taken


_TYPED_DAY = re.compile(r"([0-9]{1,2})([./])([0-9]{1,2})\2([0-9]{4})")


def _day(_block: Block, raw: Value, locale: str) -> str:
    text = ascii_digits(raw) if isinstance(raw, str) else ""
    order = habits_of(locale).day_order
    typed = _TYPED_DAY.fullmatch(text)
    if typed and order and typed[2] == order[1]:
        day, month = (typed[1], typed[3]) if order[0] == "d" else (typed[3], typed[1])
        text = f"{typed[4]}-{int(month):02d}-{int(day):02d}"
    if read_day(text) is None:
        raise Refused("type")
    return text


_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9])?")


def _time(_block: Block, raw: Value, _locale: str) -> str:
    found = _CLOCK.fullmatch(ascii_digits(raw)) if isinstance(raw, str) else None
    if found is None:
        raise Refused("type")
    return f"{int(found[1]):02d}:{found[2]}"


def _date_range(block: Block, raw: Value, locale: str) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        raise Refused("type")
    days = {name: _day(block, _clean(raw.get(name)), locale) for name in ("from", "to")}
    if days["from"] > days["to"]:
        raise Refused("range")
    return days


def _clean(raw: Value) -> Value:
    return clean_text(raw) if isinstance(raw, str) else raw


def read_yes_no(raw: Value) -> bool | None:
    """True, false or one of the words for them; None for anything else."""
    if isinstance(raw, bool):
        return raw
    word = fold(raw) if isinstance(raw, str) else str(raw)
    return True if word in YES_WORDS else False if word in NO_WORDS else None


def _yes_no(_block: Block, raw: Value, _locale: str) -> bool:
    found = read_yes_no(raw)
    if found is None:
        raise Refused("type")
    return found


def _consent(block: Block, raw: Value, locale: str) -> bool | None:
    return _yes_no(block, raw, locale) or None  # a box that is not ticked says nothing


def _matrix(block: Block, raw: Value, _locale: str) -> dict[str, str] | None:
    if not isinstance(raw, Mapping):
        raise Refused("type")
    rows = [row["key"] for row in block["rows"]]
    columns = {column["key"] for column in block["columns"]}
    given = {row: _clean(column) for row, column in raw.items() if column not in (None, "")}
    if not all(row in rows and isinstance(column, str) and column in columns for row, column in given.items()):
        raise Refused("choice")
    if block.get("required") and len(given) < len(rows):
        raise Refused("incomplete")
    return {row: given[row] for row in rows if row in given} or None


def _record(members: Sequence[str], raw: Value) -> dict[str, str]:
    if not isinstance(raw, Mapping) or not set(raw) <= set(members):
        raise Refused("type")
    if not all(value is None or isinstance(value, str) for value in raw.values()):
        raise Refused("type")
    cleaned = {name: _bounded(clean_text(raw[name] or ""), SHORT_TEXT) for name in members if name in raw}
    return {name: text for name, text in cleaned.items() if text}


def _address(_block: Block, raw: Value, _locale: str) -> dict[str, str] | None:
    record = _record(_ADDRESS_MEMBERS, raw)
    if "country" in record:
        record["country"] = _country(_block, record["country"], _locale)
    return record or None


def _full_name(_block: Block, raw: Value, _locale: str) -> dict[str, str] | None:
    if isinstance(raw, str):
        first, _blank, last = _bounded(raw, SHORT_TEXT).partition(" ")
        return {"first": first, **({"last": last.strip()} if last.strip() else {})}
    return _record(_NAME_MEMBERS, raw) or None


def _country(_block: Block, raw: Value, _locale: str) -> str:
    code = raw.upper() if isinstance(raw, str) else ""
    if code not in CODES:
        raise Refused("country")
    return code


def _files(block: Block, raw: Value, _locale: str) -> list[dict[str, Any]]:
    if not isinstance(raw, list) or not all(map(_is_file, raw)):
        raise Refused("type")
    if len(raw) > block.get("max_files", 1):
        raise Refused("file_count")
    if not all(_is_accepted(one, block.get("accept") or ()) for one in raw):
        raise Refused("file_type")
    if any(Decimal(one["size"]) > Decimal(block.get("max_size_mb", 10)) * 10**6 for one in raw):
        raise Refused("file_size")
    return [{name: one[name] for name in ("id", "name", "size", "type")} for one in raw]


def _is_file(one: Value) -> bool:
    if not isinstance(one, Mapping) or not all(isinstance(one.get(name), str) for name in ("id", "name", "type")):
        return False
    size = read_number(one.get("size"), "en")
    return not isinstance(one.get("size"), str) and size is not None and size >= 0


def _is_accepted(one: Mapping[str, Any], accept: Sequence[str]) -> bool:
    kind, name = fold(one["type"]), fold(one["name"])
    for wanted in map(fold, accept):
        if wanted.startswith(".") and name.endswith(wanted):
            return True
        if wanted == kind or (wanted.endswith("/*") and kind.startswith(wanted[:-1])):
            return True
    return not accept


def _code(_block: Block, raw: Value, _locale: str) -> Value:
    """What the server found of a typed code; `{"problem": code}` is refused as that error."""
    if isinstance(raw, Mapping) and "problem" in raw:
        raise Refused(str(raw["problem"]))
    return raw


def _as_given(_block: Block, raw: Value, _locale: str) -> Value:
    return raw


_TAKERS: dict[str, Callable[[Block, Value, str], Value]] = {
    "short_text": _text(SHORT_TEXT),
    "long_text": _text(LONG_TEXT),
    "number": _number,
    **dict.fromkeys(_SCALES, _number),
    "email": _read_by(read_email, "email"),
    "phone": _read_by(read_phone, "phone"),
    "url": _read_by(read_url, "url"),
    "date": _day,
    "time": _time,
    "date_range": _date_range,
    "yes_no": _yes_no,
    "consent": _consent,
    "matrix": _matrix,
    "address": _address,
    "full_name": _full_name,
    "country": _country,
    "file_upload": _files,
    "signature": _text(10 * LONG_TEXT),
    **dict.fromkeys(FROM_SERVER, _as_given),
    "otp": _code,
}
