"""Blocks that only show: words, pictures, films, sums, results of a poll, time left, sharing."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from flows.engine.dates import moment_text, read_moment
from flows.engine.errors import FlowError
from flows.engine.expressions import evaluate_open
from flows.engine.piping import formatted, words_of
from flows.engine.values import defined, is_number
from flows.engine.view import View
from flows.pages.blocks import Block, BlockView, plain

DISPLAYS = {
    "text": "prose", "image": "image", "video": "video", "audio": "audio", "embed": "embed", "divider": "divider",
    "chart": "chart", "calculation": "calculation", "poll_results": "poll", "coupon": "coupon", "share": "share",
    "entry_status": "entry", "countdown": "countdown", "gallery": "pictures_shown",
}  # fmt: skip
_PARAGRAPH = re.compile(r"\n\s*\n")


def display_view(block: Block, name: str, view: View) -> BlockView | None:
    """The view of a block that only shows; None for one that has nothing to show."""
    widget = DISPLAYS.get(block["type"])
    if widget is None:
        return None
    built = BlockView(
        type=block["type"],
        widget=widget,
        name=name,
        id=f"d-{name.lstrip('#')}",
        label=view.text(block.get("label", "")),
        help=view.text(block.get("help", "")),
    )
    body = view.text(block.get("body", ""))
    built.more = {
        "body": body,
        "paragraphs": [one.strip() for one in _PARAGRAPH.split(body) if one.strip()],
        "src": safe_address(block.get("src")),
        "alt": view.text(block.get("alt", "")),
    }
    more = _FILLERS.get(widget)
    if more is not None:
        more(built, block, view)
    return built


def safe_address(address: Any) -> str:
    """An http address or a path of this site; "" for anything else, such as one that would run a script."""
    text = str(address or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme in ("http", "https") and parts.netloc:
        return text
    return text if text.startswith("/") and not text.startswith("//") and not parts.scheme else ""


def _fill_video(built: BlockView, block: Block, view: View) -> None:
    built.more["poster"] = safe_address(block.get("poster"))
    tracks = [{**one, "src": safe_address(one["src"])} for one in block.get("tracks") or ()]
    language = view.state.locale.partition("-")[0]
    for one in tracks:
        one["is_own"] = one["kind"] == "captions" and one["srclang"].partition("-")[0] == language
    built.more["tracks"] = [one for one in tracks if one["src"]]


def _fill_calculation(built: BlockView, block: Block, view: View) -> None:
    built.value = calculated(block, view)


def calculated(block: Block, view: View) -> str:
    """The words of a calculation block: formatted like the calculation it names, if it is one."""
    expression = str(block["expr"])
    named = expression.partition(".")
    if named[0] == "calculations" and named[2] in view.flow.calculation_places:
        return view.show(("calculations", named[2]))
    try:
        return words_of(defined(evaluate_open(expression, view)), view.state.locale)
    except FlowError:
        return ""


def _fill_chart(built: BlockView, block: Block, view: View) -> None:
    points = [(view.text(one["label"]), _point(one, view)) for one in block.get("points") or ()]
    most = max((value for _label, value in points if value is not None), default=Decimal(0))
    built.more["rows"] = [
        {
            "label": label,
            "words": formatted(value, {"style": "number"}, view.state.locale) if value is not None else "–",
            "width": plain(round(value * 100 / most)) if value is not None and most > 0 and value > 0 else "0",
        }
        for label, value in points
    ]


def _point(point: Mapping[str, Any], view: View) -> Decimal | None:
    if "expr" not in point:
        value = point.get("value")
    else:
        try:
            value = defined(evaluate_open(str(point["expr"]), view))
        except FlowError:
            value = None
    return Decimal(value) if is_number(value) and value is not None else None


def _fill_countdown(built: BlockView, block: Block, view: View) -> None:
    """Until a moment: the block's `default`, else when the flow or its contest closes."""
    flow = view.flow
    until = read_moment(block.get("default")) or flow.moment("closes_at", of_contest=True) or flow.moment("closes_at")
    built.more["until"] = moment_text(until) if until else ""
    built.more["at"] = until
    built.more["is_over"] = bool(until and until <= view.clock.now)


def _fill_poll(built: BlockView, block: Block, _view: View) -> None:
    built.more |= {"of": str(block["of"]), "show": block.get("show", "after_answer")}


def _fill_coupon(built: BlockView, block: Block, view: View) -> None:
    value = block.get("default")
    built.more["lines"] = [view.text(value)] if isinstance(value, str) and value else []


_FILLERS: dict[str, Callable[[BlockView, Block, View], None]] = {
    "video": _fill_video,
    "calculation": _fill_calculation,
    "chart": _fill_chart,
    "countdown": _fill_countdown,
    "poll": _fill_poll,
    "coupon": _fill_coupon,
}
