"""Reads MJML before `mrml` does, to say what is wrong and where, and to keep author HTML out of its hands.

The HTML inside text, buttons and tables ("islands") is taken out and put back after compiling, so an unclosed
`<br>` or a bare ampersand cannot break a message. Liquid between columns or sections becomes a raw block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import mrml
from django.utils.translation import gettext as _

from content.problems import ContentError, Problem
from content.protect import TAG, Words

_HOLDS_HTML = frozenset({"mj-text", "mj-button", "mj-table", "mj-raw", "mj-navbar-link", "mj-social-element"})
_HOLDS_TEXT = frozenset({"mj-style", "mj-title", "mj-preview"})
_HEAD = frozenset({"mj-head", "mj-attributes", "mj-all", "mj-class", "mj-breakpoint"})
_BODY = frozenset({
    "mjml", "mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-image", "mj-divider",
    "mj-spacer", "mj-hero", "mj-navbar", "mj-social"
})  # fmt: skip
KNOWN = _HOLDS_HTML | _HOLDS_TEXT | _HEAD | _BODY

_ATTRIBUTE = re.compile(r"([\w:-]+)\s*(?:=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+)))?")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_RIGHT_TO_LEFT = (
    '<mj-attributes><mj-text align="right" /><mj-table align="right" /><mj-section direction="rtl" />'
    '<mj-column direction="rtl" /></mj-attributes>'
)


@dataclass
class MjmlSource:
    """MJML made ready for the compiler."""

    markup: str = ""
    islands: list[str] = field(default_factory=list)
    inline_css: str = ""
    problems: list[Problem] = field(default_factory=list)


class _Reader:
    """One walk over the source. Output is collected in `parts`, the open elements in `stack`."""

    def __init__(self, words: Words, *, keep_preview: bool, right_to_left: bool) -> None:
        self.words = words
        # Blanked, not removed, so that positions and therefore line numbers stay true.
        self.source = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), words.plain)
        self.keep_preview = keep_preview
        self.right_to_left = right_to_left
        self.result = MjmlSource()
        self.parts: list[str] = []
        self.stack: list[tuple[str, int]] = []

    def fail(self, code: str, message: str, position: int) -> ContentError:
        return ContentError(Problem(code, message, "mjml", self.words.line(position)))

    def read(self) -> MjmlSource:
        position = 0
        while tag := TAG.search(self.source, position):
            self._text(position, tag.start())
            closing, name, attributes = tag.group(1), tag.group(2).lower(), tag.group(3)
            position = tag.end()
            if closing:
                self._close(name, tag.start())
                continue
            self._check(name, tag.start())
            empty = attributes.rstrip().endswith("/")
            if name in _HOLDS_HTML | _HOLDS_TEXT and not empty:
                position = self._island(name, attributes, tag.start(), tag.end())
                continue
            self._open(name, attributes, tag.start(), empty)
        self._text(position, len(self.source))
        if self.stack:
            name, opened = self.stack[-1]
            message = _("“%(name)s” is opened here and never closed.") % {"name": name}
            raise self.fail("mjml_unclosed", message, opened)
        self.result.markup = "".join(self.parts)
        return self.result

    def _check(self, name: str, position: int) -> None:
        if name not in KNOWN:
            message = _("“%(name)s” is not an element that messages can use here. HTML goes inside “mj-text”.")
            raise self.fail("mjml_element", message % {"name": name}, position)
        if not self.stack and (name != "mjml" or self.parts):
            raise self.fail("mjml_root", _("The whole message must be inside one “mjml” element."), position)

    def _open(self, name: str, attributes: str, position: int, empty: bool) -> None:
        if len(self.stack) > 20:
            raise self.fail("html_nesting", _("Elements are nested more than 20 deep."), position)
        self.parts.append(f"<{name}{self._attributes(attributes, position)}{' /' if empty else ''}>")
        if not empty:
            self.stack.append((name, position))
        if name == "mj-head" and self.right_to_left:
            self.parts.append(_RIGHT_TO_LEFT)
        if name == "mjml" and self.right_to_left and not re.search(r"<mj-head[\s>]", self.source):
            self.parts.append(f"<mj-head>{_RIGHT_TO_LEFT}</mj-head>")

    def _close(self, name: str, position: int) -> None:
        opened = self.stack.pop()[0] if self.stack else None
        if opened != name:
            message = _("“%(name)s” is closed here but was not the last one opened.") % {"name": name}
            raise self.fail("mjml_unclosed", message, position)
        self.parts.append(f"</{name}>")

    def _attributes(self, text: str, position: int) -> str:
        written = []
        for name, double, single, bare in _ATTRIBUTE.findall(text.rstrip().removesuffix("/")):
            if self.words.numbers(name):
                message = _("A field or condition can be inside the quotes of a setting, but not in its place.")
                raise self.fail("liquid_misplaced", message, position)
            value = (double or single or bare).replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
            written.append(f' {name}="{value}"')
        return "".join(written)

    def _island(self, name: str, attributes: str, start: int, after: int) -> int:
        """Take out what is inside an element that holds HTML; returns where to read on."""
        end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(self.source, after)
        if end is None:
            message = _("“%(name)s” is opened here and never closed.") % {"name": name}
            raise self.fail("mjml_unclosed", message, start)
        inner = self.source[after : end.start()]
        if name == "mj-style":
            self._style(attributes, inner, start)
        elif name == "mj-preview" and not self.keep_preview:
            pass
        elif name in _HOLDS_TEXT:
            plain = re.sub(r"<[^>]*>", "", inner).replace("<", "&lt;")
            self.parts.append(f"<{name}>{plain}</{name}>")
        else:
            number = len(self.result.islands)
            self.result.islands.append(self._island_markup(name, inner))
            opening = f"<{name}{self._attributes(attributes, start)}>"
            mark = f"<!--{self.island_word(number)}-->"
            self.parts.append(f"{opening}{mark}</{name}>")
        return end.end()

    def _island_markup(self, name: str, inner: str) -> str:
        markup = self.words.in_markup(inner)
        # A loop over rows must not end up before the table body that the parser would add.
        starts_with_loop = name == "mj-table" and re.match(r"(?:\s*<!--\w+-->)+\s*<tr\b", markup)
        return f"<tbody>{markup}</tbody>" if starts_with_loop else markup

    def island_word(self, number: int) -> str:
        return f"{self.words.prefix}island{number}z"

    def _style(self, attributes: str, css: str, position: int) -> None:
        if self.words.numbers(css):
            message = _("Fields cannot be used inside “mj-style”. Put them into the text or a setting.")
            raise self.fail("liquid_misplaced", message, position)
        css = css.replace("<", "")
        if re.search(r"inline\s*=", attributes):
            self.result.inline_css += css
        else:
            self.parts.append(f"<mj-style>{css}</mj-style>")

    def _text(self, start: int, end: int) -> None:
        """Liquid between elements becomes raw blocks; other text there would not be shown."""
        text = self.source[start:end]
        if not text.strip():
            return
        rest = self.words.replace(text, lambda number: "").strip()
        if rest:
            message = _("This text is outside of “mj-text” and will not be shown: %(text)s")
            line = self.words.line(start + len(text) - len(text.lstrip()))
            shown = message % {"text": rest[:60]}
            self.result.problems.append(Problem("mjml_loose_text", shown, "mjml", line, "warning"))
        if not self.stack or self.stack[-1][0] in _HEAD | {"mjml"}:
            return
        for number in sorted(self.words.numbers(text)):
            self.parts.append(f"<mj-raw><!--{self.words.prefix}{number}z--></mj-raw>")


@dataclass(frozen=True)
class CompiledMjml:
    """What came out: a whole HTML document, and warnings."""

    html: str
    inline_css: str
    problems: list[Problem]


def compile_mjml(words: Words, *, keep_preview: bool, right_to_left: bool) -> CompiledMjml:
    """Compile the MJML in `words` to an HTML document that still holds the words.

    Raises ContentError naming the line when it cannot be compiled.
    """
    reader = _Reader(words, keep_preview=keep_preview, right_to_left=right_to_left)
    source = reader.read()
    if not source.markup:
        raise ContentError(Problem("mjml_root", _("The whole message must be inside one “mjml” element."), "mjml", 1))
    try:
        output = mrml.to_html(source.markup, None, mrml.RenderOptions(fonts={}))
    except OSError as error:
        message = _("The message cannot be built from this MJML. Check that elements are nested as in the examples.")
        raise ContentError(Problem("mjml_syntax", message, "mjml")) from error
    html = output.content
    for number, island in enumerate(source.islands):
        html = html.replace(f"<!--{reader.island_word(number)}-->", island)
    return CompiledMjml(html, source.inline_css, source.problems)
