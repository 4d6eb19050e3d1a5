"""Turns what an author wrote into what is sent: safe HTML and text in Liquid, links by number.

Compiling is a pure function and gives the same bytes for the same input, so versions can be told apart by
their hash. Everything wrong with the message comes back as problems; nothing is raised for bad content.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from markupsafe import escape

from content import checks
from content.blocks import without_blocks
from content.fields import DEFAULT_FIELDS, SPECIAL_FIELDS
from content.folding import fold_lines
from content.liquid import parse
from content.liquid_source import MAX_SOURCE
from content.mjml import compile_mjml
from content.plaintext import html_to_text
from content.problems import ContentError, Problem
from content.protect import Words, disarm, unescape
from content.sanitise import CleanDocument, clean_document, write_document

RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

_ANCHOR = re.compile(r"<a\b((?:[^<>\"]|\"[^\"]*\")*)>")
_HREF = re.compile(r'(\shref=")([^"]*)(")')
_FIELD = re.compile(r"\{\{-?\s*([a-z_]+)\s*-?\}\}")
_BARE_ADDRESS = re.compile(r"https?://[^\s<>\"'()\[\]]+[^\s<>\"'()\[\].,;:!?]", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_UNSHOWN = ("title", "mj-title", "mj-preview", "head")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
# Invisible characters after the preview text keep mail programs from filling up with the first words of the body.
_FILLER = ("&#847;&zwnj;&nbsp;" * 10 + "\n") * 4


@dataclass(frozen=True, slots=True)
class CompiledContent:
    """A compiled message. `subject`, `html`, `text` and `links` hold Liquid; `size` is the HTML's in bytes."""

    subject: str
    preheader: str
    html: str
    text: str
    links: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    size: int = 0
    language: str = ""

    @property
    def is_sendable(self) -> bool:
        """Nothing is wrong that must be mended first."""
        return not any(problem.level == "error" for problem in self.problems)


def compile_content(
    *,
    subject: str,
    preheader: str = "",
    mjml: str = "",
    html: str = "",
    text: str = "",
    language: str = "",
    known: Collection[str] = DEFAULT_FIELDS,
) -> CompiledContent:
    """Compile a message written in MJML (or, when that is empty, in HTML).

    `known` names the fields that exist (see `content.fields`). Never raises for bad content: what cannot be
    compiled is left empty and explained in `problems`.
    """
    where, source = ("mjml", mjml) if mjml.strip() else ("html", html)
    subject, preheader = " ".join(subject.split()), " ".join(preheader.split())
    source, text = _line_ends(source), _line_ends(text)
    problems = checks.check_subject(subject)
    for part, name in ((subject, "subject"), (preheader, "preheader"), (text, "text")):
        problems += checks.check_source(part, name, known, html=name == "preheader", language=language)
    broken = {problem.where for problem in problems if problem.code.startswith(("liquid_", "too_long"))}
    build = _Build(where=where, language=language, known=known)
    usable = {
        name: "" if name in broken else part
        for name, part in (("subject", subject), ("preheader", preheader), ("text", text))
    }
    compiled_html, compiled_text = build.run(source, **usable)
    return CompiledContent(
        subject=usable["subject"],
        preheader=usable["preheader"],
        html=compiled_html,
        text=compiled_text,
        links=build.links,
        problems=problems + build.problems,
        size=len(compiled_html.encode()),
        language=language,
    )


def _line_ends(source: str) -> str:
    return source.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _escape_around_liquid(source: str) -> str:
    """Escape a plain text for HTML, leaving its Liquid as it is."""
    words = Words(source, "")
    return words.restore(str(escape(words.plain)))


class _Build:
    """One compilation: gathers links and problems on the way."""

    def __init__(self, *, where: str, language: str, known: Collection[str]) -> None:
        self.where = where
        self.language = language if re.fullmatch(r"[A-Za-z0-9-]{2,20}", language) else ""
        self.known = known
        self.links: list[str] = []
        self.problems: list[Problem] = []
        self.in_links: set[int] = set()

    @property
    def right_to_left(self) -> bool:
        return self.language.lower().partition("-")[0] in RIGHT_TO_LEFT

    def run(self, source: str, *, subject: str, preheader: str, text: str) -> tuple[str, str]:
        """Return the compiled HTML and text; both empty when the source cannot be used.

        `subject`, `preheader` and `text` must be free of Liquid errors.
        """
        if not source.strip():
            self.problems.append(Problem("empty_message", _("The message is empty."), self.where))
            return "", self._own_text(text) if text.strip() else ""
        self.problems += checks.check_source(source, self.where, self.known, html=True, language=self.language or "en")
        if any(problem.code.startswith(("liquid_", "too_long")) for problem in self.problems):
            return "", ""
        try:
            words = Words(source, self.where)
            clean = self._clean(words, source, bool(preheader))
        except ContentError as error:
            self.problems.append(error.problem)
            return "", ""
        body = self._number_links(disarm(clean.body), words)
        clean = CleanDocument(clean.css, clean.body_tag, body)
        html = words.restore(fold_lines(self._document(clean, subject, preheader)))
        self._check(source, html, clean, words)
        generated = words.restore(html_to_text(body, words.prefix))
        return html, self._own_text(text) if text.strip() else generated

    def _clean(self, words: Words, source: str, has_preheader: bool) -> CleanDocument:
        if self.where == "html":
            return clean_document(words.in_markup(words.plain), prefix=words.prefix, where=self.where, outlook=False)
        compiled = compile_mjml(words, keep_preview=not has_preheader, right_to_left=self.right_to_left)
        self.problems += compiled.problems
        return clean_document(
            compiled.html, prefix=words.prefix, where=self.where, inline_css=compiled.inline_css, outlook=True
        )

    def _document(self, clean: CleanDocument, subject: str, preheader: str) -> str:
        start = ""
        if preheader:
            shown = _escape_around_liquid(preheader)
            start = (
                '<div style="display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;'
                f'overflow:hidden;mso-hide:all">{shown}{_FILLER}</div>'
            )
        return write_document(
            clean,
            title=_escape_around_liquid(subject),
            language=self.language or "und",
            direction="rtl" if self.right_to_left else "ltr",
            start=start,
            end="{{ pixel }}",
        )

    def _number_links(self, body: str, words: Words) -> str:
        """Give every web link its number. Special addresses, mail and telephone links stay as they are."""

        def anchor(match: re.Match[str]) -> str:
            return f"<a{_HREF.sub(lambda href: self._link(href, words), match.group(1))}>"

        return _ANCHOR.sub(anchor, body)

    def _link(self, href: re.Match[str], words: Words) -> str:
        target = unescape(href.group(2)).strip()
        lone = words.lone(target)
        special = _FIELD.fullmatch(lone.text) if lone else None
        if special and special.group(1) in SPECIAL_FIELDS:
            return href.group()
        if re.match(r"https?://", target, re.IGNORECASE) or words.numbers(target[: len(words.prefix) + 8]):
            self.links.append(words.restore(target))
            self.in_links |= words.numbers(target)
            return f"{href.group(1)}{{{{ links[{len(self.links) - 1}] }}}}{href.group(3)}"
        if target in ("", "#"):
            message = _("A link leads nowhere yet. Give it an address.")
            self.problems.append(Problem("link_empty", message, self.where, level="warning"))
        elif not _SCHEME.match(target) and not target.startswith("#"):
            shown = words.restore(target)[:80]
            message = _("The link “%(link)s” has no https:// in front, so it would not open.") % {"link": shown}
            self.problems.append(Problem("link_scheme", message, self.where))
        return href.group()

    def _own_text(self, text: str) -> str:
        """Number the addresses in a text part the author wrote; those of the HTML keep their number."""
        words = Words(text, "text")

        def address(match: re.Match[str]) -> str:
            target = words.restore(match.group())
            if target not in self.links:
                self.links.append(target)
            return f"{{{{ links[{self.links.index(target)}] }}}}"

        compiled = words.restore(_BARE_ADDRESS.sub(address, words.plain)).strip("\n")
        for problem in checks.check_unsubscribe(compiled, "text"):
            self.problems.append(Problem(problem.code, problem.message, "text", level="warning"))
        return compiled

    def _check(self, source: str, html: str, clean: CleanDocument, words: Words) -> None:
        body, body_tag = clean.body, clean.body_tag
        shown = words.numbers(functools.reduce(without_blocks, _UNSHOWN, _COMMENT.sub("", words.plain)))
        lost = sorted(shown - words.numbers(body) - words.numbers(body_tag) - self.in_links)
        if lost:
            line = source.count("\n", 0, words.tokens[lost[0]].start) + 1
            message = _("A field or condition stands where it cannot work. Put it into text or inside quotes.")
            self.problems.append(Problem("liquid_misplaced", message, self.where, line))
        else:
            self._check_moved(html)
        if not html_to_text(body, words.prefix) and "<img" not in body:
            self.problems.append(Problem("empty_message", _("The message is empty."), self.where))
        self.problems += checks.check_images(body, self.where)
        self.problems += checks.check_unsubscribe(html, self.where)
        self.problems += checks.check_size(html, self.where)

    def _check_moved(self, html: str) -> None:
        """The parts of a condition must not have changed places when the HTML was put in order."""
        try:
            if len(html.encode()) <= MAX_SOURCE:  # larger ones are refused for their size anyway
                parse(html, where=self.where, html=True)
        except ContentError:
            message = _("A condition begins in one part of the message and ends in another. Keep both in one part.")
            self.problems.append(Problem("liquid_misplaced", message, self.where))
