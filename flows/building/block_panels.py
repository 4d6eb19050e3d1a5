"""What the builder shows of one block: its controls, its lists, and when it is shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.models import Purpose
from contacts.models import Channel
from flows.building.catalogue import BY_TYPE, SCALES, WITH_CHOICES, BlockKind, kind_of_block
from flows.building.controls import Control, Maker, widened
from flows.building.members import Member, MemberList
from flows.building.pointers import found
from flows.building.rules import ConditionPanel, condition_panel
from flows.building.sentences import field_id, plain
from flows.checking.places import input_blocks
from flows.engine.flow import INPUT_TYPES, is_input
from flows.engine.values import number_text
from flows.pages.displays import safe_address

Block = Mapping[str, Any]
_PERSON = (
    ("email", gettext_lazy("E-mail address")),
    ("phone", gettext_lazy("Phone")),
    ("full_name", gettext_lazy("Whole name")),
    ("first_name", gettext_lazy("First name")),
    ("last_name", gettext_lazy("Last name")),
    ("birth_date", gettext_lazy("Birthday")),
    ("country", gettext_lazy("Country")),
    ("language", gettext_lazy("Language")),
    ("message_frequency", gettext_lazy("How often they want messages")),
)
_WRITTEN = frozenset({"short_text", "long_text", "email", "phone", "number", "url"})
# Purposes that stay with the answers; the others are those of the consent ledger.
_OWN_PURPOSES = ("contest_rules", "terms")


@dataclass(frozen=True)
class Region:
    """A place of a picture that can be chosen, in percent of its size."""

    path: str
    id: str
    label: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class PictureMap:
    """A picture with the places that can be chosen on it; `src` is "" where it cannot be shown here."""

    src: str
    path: str
    regions: list[Region]


@dataclass(frozen=True)
class BlockPanel:
    """A block: what it is, what is always asked about it, what is folded away, its choices, and when it is shown."""

    path: str
    kind: BlockKind
    title: str
    types: list[tuple[str, str]]
    controls: list[Control]
    more: list[Control]
    lists: list[MemberList]
    checks: MemberList | None
    condition: ConditionPanel
    map: PictureMap | None = None

    @property
    def id(self) -> str:
        """The id of its card."""
        return field_id(self.path)


def block_panel(make: Maker, path: str, block: Block) -> BlockPanel:
    """The panel of one block."""
    kind = kind_of_block(dict(block))
    types = [(one.type, str(one.label)) for one in BY_TYPE.values() if (one.type in INPUT_TYPES) == is_input(block)]
    if kind.type not in BY_TYPE:
        types.append((kind.type, kind.type))
    title = plain(make.document, block.get("label") or block.get("body")) or str(kind.label)
    asks, checked = is_input(block), is_input(block) and block["type"] != "otp"
    controls = _question(make, path, block) if asks else _display(make, path, block)
    return BlockPanel(
        path, kind, title, types, controls, _folded(make, path, block) if asks else [], _lists(make, path, block),
        MemberList(f"{path}/validations", _("Checks"), _("Add a check"), _validations(make, path)) if checked else None,
        condition_panel(make, f"{path}/visible_if"), _map(make, path, block),
    )  # fmt: skip


def _question(make: Maker, path: str, block: Block) -> list[Control]:
    kind = block["type"]
    about = _("Six digits go to the e-mail address that was asked for on a page before.") if kind == "otp" else ""
    controls = [make.text(f"{path}/label", _("Question"), is_long=kind == "consent", about=about)]
    controls.append(make.text(f"{path}/help", _("Help below the question")))
    special = _SPECIAL.get("scale" if kind in SCALES else kind)
    if special is not None:
        controls += special(make, path, block)
    controls.append(make.yes(f"{path}/required", _("Must be answered")))
    return controls


def _consent(make: Maker, path: str, block: Block) -> list[Control]:
    own = {"contest_rules": _("The rules of the contest"), "terms": _("Terms and conditions")}
    purposes = [(one.value, str(one.label)) for one in Purpose] + [(key, own[key]) for key in _OWN_PURPOSES]
    about = _("Kept with the answers.")
    if block["purpose"] in Purpose.values:
        about = _("Kept with the person, with the words and the time.")
    controls = [make.choice(f"{path}/purpose", _("What it allows"), purposes, about=about, redraws=True)]
    if block["purpose"] not in Purpose.values:
        return controls
    if block["purpose"] == Purpose.MARKETING:
        channels = [(one.value, str(one.label)) for one in Channel]
        controls.append(make.several(f"{path}/channels", _("Ways of writing"), channels))
        if make.offers.topics:
            about = _("Nothing ticked: all of them.")
            controls.append(make.several(f"{path}/topics", _("Subjects"), make.offers.topics, about=about))
    return [*controls, make.yes(f"{path}/double_opt_in", _("Ask once more by mail"))]


def _files(make: Maker, path: str, _block: Block) -> list[Control]:
    kinds = [
        ("image/jpeg", "JPEG"), ("image/png", "PNG"), ("image/webp", "WebP"), ("image/heic", "HEIC"),
        ("application/pdf", "PDF"), ("video/mp4", "MP4"), ("text/csv", "CSV"),
    ]  # fmt: skip
    return [
        make.several(f"{path}/accept", _("Kinds of files"), kinds, about=_("Nothing ticked: every kind.")),
        make.number(f"{path}/max_size_mb", _("Largest size in MB")),
        make.number(f"{path}/max_files", _("How many files")),
    ]


def _scale(make: Maker, path: str, _block: Block) -> list[Control]:
    labels = [("min", _("From")), ("max", _("To")), ("step", _("In steps of"))]
    return [make.number(f"{path}/{name}", label) for name, label in labels]


def _spotted(make: Maker, path: str, _block: Block) -> list[Control]:
    return [
        make.picture(f"{path}/src", _("Picture")),
        make.text(f"{path}/alt", _("What it shows"), about=_("For people who cannot see it.")),
    ]


_SPECIAL: Mapping[str, Callable[[Maker, str, Block], list[Control]]] = {
    "consent": _consent, "file_upload": _files, "scale": _scale, "hotspot": _spotted,
}  # fmt: skip


def _display(make: Maker, path: str, block: Block) -> list[Control]:
    kind = block["type"]
    if kind in ("text", "embed", "audio"):
        return [make.text(f"{path}/body", _("Text"), is_long=True)]
    if kind == "image":
        return [
            make.picture(f"{path}/src", _("Picture")),
            make.text(f"{path}/alt", _("What it shows"), about=_("For people who cannot see it.")),
        ]
    if kind == "video":
        return [
            make.plain(f"{path}/src", _("Address of the video"), about=_("An MP4 or WebM file, such as https://….")),
            make.text(f"{path}/label", _("What it is called")),
            make.picture(f"{path}/poster", _("Picture before it plays")),
        ]
    if kind == "calculation":
        return [make.text(f"{path}/label", _("Label")), make.plain(f"{path}/expr", _("Formula"))]
    if kind == "poll_results":
        questions = [
            (place.value["key"], plain(make.document, place.value.get("label")))
            for place in input_blocks(make.document)
        ]
        shown = [("always", _("Always")), ("after_answer", _("After answering")), ("after_close", _("After closing"))]
        return [
            make.choice(f"{path}/of", _("Results of"), questions),
            make.choice(f"{path}/show", _("When"), shown, empty=_("After answering")),
        ]
    return [] if kind == "divider" else [make.text(f"{path}/label", _("Label"))]


def _folded(make: Maker, path: str, block: Block) -> list[Control]:
    fields = [(key, str(label)) for key, label in _PERSON]
    controls = [
        make.plain(f"{path}/key", _("Key"), about=_("The name by which rules, segments and exports know the answer.")),
    ]
    if block["type"] != "otp":
        controls.append(make.choice(f"{path}/contact_field", _("Save to the person as"), fields, empty=_("Nothing")))
    variables = [(one["key"], one.get("label") or one["key"]) for one in make.document.get("variables") or ()]
    if variables:
        controls.append(make.choice(f"{path}/save_to", _("Save to the variable"), variables, empty=_("None")))
    if block["type"] in _WRITTEN:
        controls.append(make.text(f"{path}/placeholder", _("Example inside the field")))
    if block["type"] in WITH_CHOICES:
        ways = [("all", _("All")), ("except_last", _("All but the last"))]
        controls.append(make.choice(f"{path}/randomize", _("Shuffle the answers"), ways, empty=_("No")))
    if block["type"] == "consent":
        controls += [
            make.plain(
                f"{path}/legal_version", _("Version of the text"), about=_("Count it up when you change the text.")
            ),
            make.text(f"{path}/legal_text", _("Full legal text"), is_long=True),
        ]
    controls.append(make.text(f"{path}/error", _("What to say when the answer is not right")))
    return controls


def _lists(make: Maker, path: str, block: Block) -> list[MemberList]:
    lists = []
    if block["type"] in WITH_CHOICES:
        choices = [_choice(make, block, f"{path}/choices/{place}") for place in range(len(block["choices"]))]
        lists.append(MemberList(f"{path}/choices", _("Answers"), _("Add an answer"), choices))
    for name, title, add in (("rows", _("Rows"), _("Add a row")), ("columns", _("Columns"), _("Add a column"))):
        if name in block:
            members = [_line(make, f"{path}/{name}/{place}", title, name) for place in range(len(block[name]))]
            lists.append(MemberList(f"{path}/{name}", title, add, members))
    if block["type"] == "hotspot":
        regions = [_region(make, block, f"{path}/regions/{place}") for place in range(len(block["regions"]))]
        about = _("Draw them on the picture, or say in percent where they are.")
        lists.append(MemberList(f"{path}/regions", _("Places to choose"), _("Add a place"), regions, about, True))
    if block["type"] == "video":
        about = _("For people who cannot hear it.")
        tracks = track_members(make, f"{path}/tracks")
        lists.append(MemberList(f"{path}/tracks", _("Captions"), _("Add captions"), tracks, about, True))
    return lists


def _line(make: Maker, path: str, title: str, name: str) -> Member:
    """A row or a column of a table of answers."""
    more = [make.plain(f"{path}/key", _("Key"))]
    if name == "columns" and gives_points(make.document):
        more.insert(0, make.number(f"{path}/score", _("Points")))
    return Member(path, [make.text(f"{path}/label", title)], more)


def track_members(make: Maker, path: str) -> list[Member]:
    """The captions of a film."""
    kinds = [
        ("captions", _("What is said and heard")), ("subtitles", _("Translation")),
        ("descriptions", _("What is seen")), ("chapters", _("Chapters")),
    ]  # fmt: skip
    return [
        Member(
            one,
            [make.captions(f"{one}/src", _("File")), make.plain(f"{one}/srclang", _("Language"))],
            [make.choice(f"{one}/kind", _("What they say"), kinds), make.plain(f"{one}/label", _("Name in the list"))],
        )
        for one in (f"{path}/{place}" for place in range(len(found(make.document, path, []))))
    ]


def gives_points(document: Any) -> bool:
    """Whether answers have points of the score."""
    return document["kind"] in ("quiz", "contest") or document.get("outcome_mode") == "score_range"


def _choice(make: Maker, block: Block, path: str) -> Member:
    controls = [make.text(f"{path}/label", _("Answer"))]
    more = [make.target(f"{path}/next", _("Go to"), empty=_("As the step says"))]
    if block["type"] == "picture_choice":
        controls.append(make.picture(f"{path}/image", _("Picture")))
        more.append(make.text(f"{path}/alt", _("What it shows")))
    more += _worth(make, path)
    if block["type"] == "multiple_choice":
        more.append(make.yes(f"{path}/exclusive", _("Rules out the others")))
    if block["type"] in ("single_choice", "multiple_choice", "dropdown"):
        more.append(make.yes(f"{path}/other", _("With a field for one's own words")))
    more.append(make.plain(f"{path}/key", _("Key")))
    return Member(path, controls, more)


def _worth(make: Maker, path: str) -> list[Control]:
    """What choosing this counts."""
    document, controls = make.document, []
    if gives_points(document):
        controls.append(make.number(f"{path}/score", _("Points")))
        controls.append(make.yes(f"{path}/correct", _("This is a right answer")))
        controls.append(make.text(f"{path}/explanation", _("What to say when it is chosen")))
    if document.get("outcome_mode") == "highest_points":
        for one in document.get("outcomes") or ():
            label = _("Points for “%(title)s”") % {"title": plain(document, one["title"])}
            controls.append(make.number(f"{path}/outcome_points/{one['key']}", label))
    return controls


def _region(make: Maker, _block: Block, path: str) -> Member:
    sides = [
        ("x", _("From the left, %")), ("y", _("From the top, %")), ("width", _("Width, %")), ("height", _("Height, %")),
    ]  # fmt: skip
    more = [make.target(f"{path}/next", _("Go to"), empty=_("As the step says")), *_worth(make, path)]
    return Member(
        path,
        [
            widened(make.text(f"{path}/label", _("Name"))),
            *(make.number(f"{path}/{name}", label) for name, label in sides),
        ],
        [*more, make.plain(f"{path}/key", _("Key"))],
    )


def _map(make: Maker, path: str, block: Block) -> PictureMap | None:
    if block["type"] != "hotspot":
        return None
    regions = [
        Region(
            f"{path}/regions/{place}", field_id(f"{path}/regions/{place}"), plain(make.document, one["label"]),
            *(number_text(one[side]) for side in ("x", "y", "width", "height")),
        )
        for place, one in enumerate(block["regions"])
    ]  # fmt: skip
    src = safe_address(block.get("src"))
    return PictureMap(src if src.startswith("/") else "", f"{path}/regions", regions)


def _validations(make: Maker, path: str) -> list[Member]:
    rules = [
        ("min_length", _("At least so many letters")), ("max_length", _("At most so many letters")),
        ("min", _("At least")), ("max", _("At most")), ("min_selected", _("At least so many answers")),
        ("max_selected", _("At most so many answers")), ("date_after", _("After the day")),
        ("date_before", _("Before the day")), ("pattern", _("Fits the pattern")), ("expr", _("The formula holds")),
    ]  # fmt: skip
    return [
        Member(
            f"{path}/validations/{place}",
            [
                make.choice(f"{path}/validations/{place}/rule", _("Check"), rules, redraws=True),
                make.plain(f"{path}/validations/{place}/value", _("Value")),
            ],
            [make.text(f"{path}/validations/{place}/message", _("What to say"))],
        )
        for place in range(len(found(make.document, f"{path}/validations", [])))
    ]
