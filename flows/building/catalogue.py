"""The kinds of blocks that can be put on a page of the web, in groups, with what a new one begins with."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class BlockKind:
    """A type of the schema: what people call it, its picture, and its group."""

    type: str
    label: Any
    icon: str
    group: str


ASK, CHOOSE, RATE, CONTACT, SHOW = "ask", "choose", "rate", "contact", "show"
GROUPS = {
    CHOOSE: gettext_lazy("Choosing"),
    ASK: gettext_lazy("Writing"),
    RATE: gettext_lazy("Rating"),
    CONTACT: gettext_lazy("About the person"),
    SHOW: gettext_lazy("Showing"),
}
KINDS = (
    BlockKind("single_choice", gettext_lazy("One answer"), "list", CHOOSE),
    BlockKind("multiple_choice", gettext_lazy("Several answers"), "list-checks", CHOOSE),
    BlockKind("picture_choice", gettext_lazy("Pictures to choose from"), "image", CHOOSE),
    BlockKind("dropdown", gettext_lazy("Drop-down list"), "chevrons-up-down", CHOOSE),
    BlockKind("yes_no", gettext_lazy("Yes or no"), "check", CHOOSE),
    BlockKind("ranking", gettext_lazy("Putting in order"), "arrow-up", CHOOSE),
    BlockKind("matrix", gettext_lazy("Table of answers"), "layout-template", CHOOSE),
    BlockKind("hotspot", gettext_lazy("Places on a picture"), "mouse-pointer-click", CHOOSE),
    BlockKind("short_text", gettext_lazy("Short text"), "type", ASK),
    BlockKind("long_text", gettext_lazy("Long text"), "pencil", ASK),
    BlockKind("number", gettext_lazy("Number"), "hash", ASK),
    BlockKind("date", gettext_lazy("Date"), "calendar", ASK),
    BlockKind("date_range", gettext_lazy("From one day to another"), "calendar", ASK),
    BlockKind("time", gettext_lazy("Time of day"), "clock", ASK),
    BlockKind("url", gettext_lazy("Web address"), "link", ASK),
    BlockKind("file_upload", gettext_lazy("Files"), "upload", ASK),
    BlockKind("signature", gettext_lazy("Signature"), "pencil", ASK),
    BlockKind("rating", gettext_lazy("Stars"), "sparkles", RATE),
    BlockKind("opinion_scale", gettext_lazy("Scale"), "chart-line", RATE),
    BlockKind("nps", gettext_lazy("Would you recommend us?"), "chart-line", RATE),
    BlockKind("slider", gettext_lazy("Slider"), "sliders-horizontal", RATE),
    BlockKind("email", gettext_lazy("E-mail address"), "mail", CONTACT),
    BlockKind("phone", gettext_lazy("Phone number"), "smartphone", CONTACT),
    BlockKind("full_name", gettext_lazy("Name"), "users", CONTACT),
    BlockKind("address", gettext_lazy("Postal address"), "house", CONTACT),
    BlockKind("country", gettext_lazy("Country"), "globe", CONTACT),
    BlockKind("otp", gettext_lazy("Code by mail"), "mail-check", CONTACT),
    BlockKind("consent", gettext_lazy("Consent"), "shield-check", CONTACT),
    BlockKind("message_frequency", gettext_lazy("How often we write"), "calendar", CONTACT),
    BlockKind("text", gettext_lazy("Text"), "type", SHOW),
    BlockKind("image", gettext_lazy("Picture"), "image", SHOW),
    BlockKind("video", gettext_lazy("Video"), "play", SHOW),
    BlockKind("calculation", gettext_lazy("Result of a calculation"), "hash", SHOW),
    BlockKind("divider", gettext_lazy("Line"), "minus", SHOW),
    BlockKind("countdown", gettext_lazy("Countdown"), "clock", SHOW),
    BlockKind("poll_results", gettext_lazy("Results of a poll"), "chart-line", SHOW),
    BlockKind("coupon", gettext_lazy("Code"), "tag", SHOW),
    BlockKind("share", gettext_lazy("Sharing"), "send", SHOW),
    BlockKind("entry_status", gettext_lazy("State of the entry"), "flag", SHOW),
)
# Offered like a type: a question that is ready made, whose answer goes where people choose how they are written to.
READY_MADE = frozenset({"message_frequency"})
BY_TYPE = {kind.type: kind for kind in KINDS if kind.type not in READY_MADE}
WITH_CHOICES = frozenset({"single_choice", "multiple_choice", "picture_choice", "dropdown", "ranking"})
SCALES = frozenset({"number", "rating", "opinion_scale", "nps", "slider"})
# What a new block of contact data is written to.
CONTACT_FIELDS = {"email": "email", "phone": "phone", "country": "country"}
_DISTRIBUTION_OF_CONSENT = "marketing"


def kind_of_block(block: dict[str, Any]) -> BlockKind:
    """The kind of a block, also of one that is not offered, such as a captcha."""
    return BY_TYPE.get(block["type"]) or BlockKind(block["type"], block["type"], "circle-question-mark", SHOW)


def fresh_block(kind: str, key: str) -> dict[str, Any]:
    """A new block of a type, or a ready-made question; an unknown type is a text. Blocks that only show get no key."""
    if kind in READY_MADE:
        return _frequency_question(key)
    block: dict[str, Any] = {"type": kind if kind in BY_TYPE else "text"}
    if block["type"] in _SHOWING:
        return {**block, **_SHOWING[block["type"]]()}
    block |= {"key": key, "label": str(BY_TYPE[kind].label)}
    if kind in WITH_CHOICES:
        block |= {"label": _("What do you want to ask?"), "choices": [fresh_choice(1), fresh_choice(2)]}
    if kind == "matrix":
        block |= {"rows": [_row(1), _row(2)], "columns": [_row(1), _row(2)]}
    if kind == "hotspot":
        block |= {"label": _("Where is it?"), "src": "", "regions": [fresh_region(1)]}
    if kind == "otp":
        block |= {"label": _("Type the code we have mailed you"), "required": True}
    if kind == "consent":
        block |= {
            "label": _("Yes, send me news by e-mail. I can leave at any time."),
            "purpose": _DISTRIBUTION_OF_CONSENT, "channels": ["email"], "legal_version": "1",
        }  # fmt: skip
    if kind in CONTACT_FIELDS:
        block |= {"contact_field": CONTACT_FIELDS[kind], "required": kind == "email"}
    if kind == "slider":
        block |= {"min": 0, "max": 10, "step": 1}
    return block


def _frequency_question(key: str) -> dict[str, Any]:
    """How often at most: the choices that a preference page has, by the keys that flows.people knows."""
    choices = [
        {"key": "as_it_comes", "label": _("As it comes")},
        {"key": "weekly", "label": _("One message a week")},
        {"key": "every_four_weeks", "label": _("One message in four weeks")},
    ]
    return {
        "type": "single_choice", "key": key, "label": _("How often may we write to you?"), "choices": choices,
        "contact_field": "message_frequency",
    }  # fmt: skip


def fresh_choice(number: int) -> dict[str, Any]:
    """The so-many-eth choice of a new question."""
    return {"key": f"c{number}", "label": _("Answer %(number)d") % {"number": number}}


def fresh_row(number: int) -> dict[str, Any]:
    """A row or column of a table of answers."""
    return _row(number)


def fresh_region(number: int) -> dict[str, Any]:
    """The so-many-eth place of a picture, in its middle."""
    sides = {"x": 35, "y": 35, "width": 30, "height": 30}
    return {"key": f"p{number}", "label": _("Place %(number)d") % {"number": number}, **sides}


def _row(number: int) -> dict[str, Any]:
    return {"key": f"r{number}", "label": _("Answer %(number)d") % {"number": number}}


_SHOWING: dict[str, Any] = {
    "text": lambda: {"body": _("Write something here.")},
    "image": lambda: {"src": "", "alt": ""},
    "video": lambda: {"src": "", "label": ""},
    "calculation": lambda: {"label": _("Your result"), "expr": "score"},
    "divider": dict,
    "countdown": dict,
    "poll_results": lambda: {"of": "question", "show": "after_answer"},
    "coupon": dict,
    "share": dict,
    "entry_status": dict,
}
