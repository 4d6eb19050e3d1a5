"""Tags and filters every template has at hand (a builtin library, see settings)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.contrib.messages import constants
from django.forms import BoundField, widgets
from django.template.context import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from core import formatting

register = template.Library()

SPRITE = "vendor/lucide-1.62.0.svg"
# Drawings that point somewhere turn round where reading does.
DIRECTED = frozenset(
    {"align-left", "align-right", "arrow-left", "arrow-right", "chart-column", "chart-line", "chevron-left"}
    | {"chevron-right", "circle-play", "corner-down-right", "external-link", "file-text", "list", "list-checks"}
    | {"log-in", "log-out", "play", "redo-2", "send", "undo-2"}
)
QUICK = frozenset({"dashboard", "campaigns", "contacts", "segments"})
SNACK_LEVELS = {constants.DEBUG, constants.INFO, constants.SUCCESS}
TONE_OF_LEVEL = {constants.WARNING: "warn", constants.ERROR: "bad"}


@register.filter
def number(value: Any, decimals: int = 0) -> str:
    """`{{ count|number }}`: grouped for the reader; None and the empty string are a dash, words stay as they are."""
    if isinstance(value, str):
        try:
            value = Decimal(value) if value else None
        except InvalidOperation:
            return value
    return formatting.number(value, decimals)


@register.simple_tag
def percent(part: Any, base: Any, decimals: int = 1) -> str:
    """`{% percent opened delivered %}`: “26.0 %”."""
    return formatting.percent(part, base, decimals)


@register.simple_tag
def share(part: Any, base: Any, decimals: int = 1) -> str:
    """`{% share opened delivered %}`: “26.0 %, 3,982 of 15,312”."""
    return formatting.share(part, base, decimals)


@register.simple_tag
def moment(at: dt.datetime | None, style: str = "relative") -> SafeString | str:
    """`{% moment row.created_at %}`: a time in the viewer's zone, the exact one on hovering.

    `style` is relative, clock (only hours and minutes), day (only the date) or full.
    """
    if at is None:
        return formatting.UNKNOWN
    now = timezone.now()
    spoken = {
        "relative": lambda: formatting.relative_time(at, now),
        "clock": lambda: formatting.clock_time(at),
        "day": lambda: formatting.day(timezone.localtime(at), timezone.localtime(now)),
        "full": lambda: formatting.absolute_time(at),
    }[style]()
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), formatting.absolute_time(at), spoken)


@register.filter
def initials(name: Any) -> str:
    """Letters for an avatar."""
    return formatting.initials(str(name or ""))


@register.filter
def tone_of(name: Any) -> int:
    """The tint of an avatar, 0 to 4, the same for the same name."""
    return formatting.tone_of(str(name or ""))


@register.filter
def bdi(value: Any, direction: str = "") -> SafeString:
    """`{{ contact.name|bdi }}` keeps a name in its own direction; `|bdi:"ltr"` for addresses and phones."""
    if direction:
        return format_html('<bdi dir="{}">{}</bdi>', direction, value)
    return format_html("<bdi>{}</bdi>", value)


@register.filter
def is_address(text: Any) -> bool:
    """`{% if line|is_address %}`: whether a line is a link and not words."""
    return str(text).startswith(("https://", "http://"))


@register.filter
def breakable(address: Any) -> SafeString:
    """`{{ email|breakable }}` may break before its @, so that a narrow place never cuts ".com" in two."""
    before, at, after = str(address).rpartition("@")
    return format_html("{}<wbr>{}{}", before, at, after) if at else format_html("{}", after)


@register.simple_tag
def icon(name: str, size: str = "", extra: str = "") -> SafeString:
    """`{% icon "send" %}` from the one icon file; `size` lg; decorative, so say the word beside it."""
    classes = " ".join(
        part for part in ("i", size and f"i-{size}", "i-flip" if name in DIRECTED else "", extra) if part
    )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static(SPRITE), name)


@register.simple_tag
def meter_bars(parts: Iterable[tuple[Any, str]], total: Any) -> SafeString:
    """The bars of a meter: `parts` are (amount, class) pairs, drawn one after another out of `total`.

    Widths are attributes in percent, so that no style attribute is needed. They never pass the end.
    """
    whole = float(total or 0)
    bars: list[tuple[str, str, str]] = []
    start = 0.0
    for amount, css_class in parts if whole > 0 else ():
        width = min(max(float(amount or 0), 0.0) * 100 / whole, 100 - start)
        if width > 0:
            bars.append((f"{start:.3f}%", f"{width:.3f}%", css_class))
            start += width
    return format_html_join("", '<rect x="{}" width="{}" height="100%" class="{}"/>', bars)


@register.simple_tag
def direction() -> str:
    """rtl or ltr, for `<html dir>`."""
    return "rtl" if get_language_bidi() else "ltr"


@register.simple_tag
def nav_url(name: str, *args: Any) -> str:
    """Like `{% url %}`, but empty where that page does not exist, so that a frame can leave its line out."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@dataclass(frozen=True)
class NavigationLine:
    """One line of the menu: `key` is the URL namespace it belongs to."""

    key: str
    label: str
    icon: str
    url: str
    current: bool

    @property
    def is_quick(self) -> bool:
        """True where a small screen has a button of its own for it."""
        return self.key in QUICK


@dataclass(frozen=True)
class NavigationGroup:
    """A headed group of lines; the first has no heading."""

    heading: str
    lines: list[NavigationLine]


@register.simple_tag(takes_context=True)
def frame_workspace(context: Context) -> Any:
    """The workspace whose menu frames the page; on a page outside any, such as the profile, the viewer's only one."""
    if context.get("workspace") is not None:
        return context["workspace"]
    choices = context.get("workspaces") or []
    return choices[0] if len(choices) == 1 else None


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[NavigationGroup]:
    """The menu of the present workspace, without lines for pages that do not exist.

    The current line is the one whose namespace answers the request, or the context's `nav`.
    """
    groups = [
        ("", [("dashboard", "home", _("Home"), "house")]),
        (
            _("Reach"),
            [
                ("campaigns", "list", _("Campaigns"), "send"),
                ("flows", "list", _("Flows"), "layers"),
                ("content", "list", _("Templates"), "layout-template"),
            ],
        ),
        (
            _("People"),
            [
                ("contacts", "list", _("Contacts"), "users"),
                ("segments", "list", _("Segments"), "funnel"),
                ("consent", "overview", _("Consent"), "shield-check"),
            ],
        ),
    ]
    built = [NavigationGroup(heading, _lines(context, entries)) for heading, entries in groups]
    return [group for group in built if group.lines]


@register.simple_tag(takes_context=True)
def settings_line(context: Context) -> NavigationLine | None:
    """The menu line of the workspace's settings, which stands apart at the foot."""
    lines = _lines(context, [("accounts", "settings", _("Settings"), "settings")])
    return lines[0] if lines else None


@register.simple_tag
def is_under_more(menu: list[NavigationGroup], settings_entry: NavigationLine | None) -> bool:
    """Whether the page lies where only the menu behind “More” leads on a small screen."""
    lines = [line for group in menu for line in group.lines]
    return any(line.current and not line.is_quick for line in [*lines, settings_entry] if line)


def _lines(context: Context, entries: list[tuple[str, str, str, str]]) -> list[NavigationLine]:
    workspace = context.get("workspace")
    if workspace is None:
        return []
    match = getattr(context.get("request"), "resolver_match", None)
    current = context.get("nav") or (match.namespace if match else "")
    urls = [(key, label, name, nav_url(f"{key}:{page}", workspace.slug)) for key, page, label, name in entries]
    return [NavigationLine(key, label, name, url, key == current) for key, label, name, url in urls if url]


@register.simple_tag
def widget(field: BoundField, **attrs: Any) -> SafeString:
    """A form field's control with the class its look needs; hyphens in attributes are written as underscores."""
    extra = {name.replace("_", "-"): value for name, value in attrs.items()}
    look = widget_class(field)
    chosen = " ".join(filter(None, [look, field.field.widget.attrs.get("class", ""), str(extra.pop("class", ""))]))
    if chosen:
        extra["class"] = chosen
    return field.as_widget(attrs=extra)


@register.filter
def widget_class(field: BoundField) -> str:
    """input, textarea, select, or nothing for a group of options."""
    control = field.field.widget
    if isinstance(control, widgets.RadioSelect | widgets.CheckboxSelectMultiple):
        return ""
    if isinstance(control, widgets.Textarea):
        return "textarea"
    return "select" if isinstance(control, widgets.Select) else "input"


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """True for a single checkbox, whose label follows it."""
    return isinstance(field.field.widget, widgets.CheckboxInput)


@register.filter
def is_snack(message: Any) -> bool:
    """True for a message that confirms; warnings and errors stand in the page until read."""
    return message.level in SNACK_LEVELS


@register.filter
def tone_of_level(message: Any) -> str:
    """The tone of a callout for a warning or an error."""
    return TONE_OF_LEVEL.get(message.level, "")


@register.filter
def one_part(amount: Any, css_class: str) -> list[tuple[Any, str]]:
    """A meter of a single part."""
    return [(amount, css_class)]
