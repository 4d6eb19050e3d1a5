"""Liquid for authors: python-liquid behind tight limits, on plain data only.

Limits were chosen by trying to break them: loops and output are counted over a whole render (not per loop),
filters have a budget, the source is scanned in linear time before the real parser sees it, and includes,
raw blocks and every filter that is not listed in `liquid_filters` do not exist. Values are escaped when they
are written, so neither an author's literal nor a contact's name can open a tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, TextIO, cast

from django.utils.translation import gettext as _
from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin import content as content_tag
from liquid.builtin import illegal, output
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    for_tag,
    if_tag,
    inline_comment_tag,
    unless_tag,
)
from liquid.exceptions import (
    BlockNestingError,
    LiquidError,
    LiquidSyntaxError,
    LoopIterationLimitError,
    ResourceLimitError,
    UnknownFilterError,
)
from liquid.undefined import UNDEFINED, Undefined
from liquid.utils import ReadOnlyChainMap
from markupsafe import Markup, escape

from content.liquid_dates import date_in
from content.liquid_filters import FILTERS, as_text
from content.liquid_source import Token, line_of, scan, unknown_tag
from content.problems import ContentError, Problem, RenderError

MAX_LOOPS = 1_000
MAX_OUTPUT = 512 * 1024
MAX_WORK = 20_000

MISSING = object()


class WorkLimitError(ResourceLimitError):
    """The filters of one render did more work than a message ever needs."""


class LimitedContext(RenderContext):
    """A render context that counts loops and filter work, and reads plain data only."""

    __slots__ = ("iterations", "work")

    def __init__(self, template: BoundTemplate, **options: Any) -> None:
        super().__init__(template, **options)
        # Without the library's own "now" and "today": a message reads what it was given.
        self.scope = ReadOnlyChainMap(self.locals, self.globals)
        self.iterations = 0
        self.work = 0

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Count the rounds of all loops of a render together. The library counts each nest by itself."""
        self.iterations += length
        if self.iterations > MAX_LOOPS:
            raise LoopIterationLimitError("too many loop rounds", token=None)

    def filter(self, name: str, token: Any) -> Callable[..., object]:
        """Return the named filter, charging its work to this render."""
        function = self.env.filters.get(name)
        if function is None:
            raise UnknownFilterError(f"unknown filter '{name}'", token=token)

        def charged(*values: Any, **options: Any) -> object:
            result = function(*values, **options)
            self.work += 1 + (len(result) >> 6 if isinstance(result, str | list) else 0)
            if self.work > MAX_WORK:
                raise WorkLimitError("too much filter work", token=token)
            return result

        return charged

    def get(self, path: list[object], *, token: Any, default: object = UNDEFINED) -> object:
        """Resolve a path through mappings and lists; a missing value is empty, never an error."""
        root = path[0]
        try:
            value = self.scope[root] if isinstance(root, str) else MISSING
        except KeyError:
            value = MISSING
        for segment in path[1:]:
            value = step(value, segment)
        if value is not MISSING:
            return value
        return Undefined(str(root), token=token) if default is UNDEFINED else default


def step(value: object, segment: object) -> object:
    """Go one step along a path. Attributes of objects are out of reach by construction."""
    if type(value) is dict:
        if segment in value:
            return value[segment]
        return len(value) if segment == "size" else MISSING
    if isinstance(value, Mapping):
        try:
            return value[segment]
        except (KeyError, TypeError):
            return len(value) if segment == "size" else MISSING
    if isinstance(value, list | tuple):
        if segment == "size":
            return len(value)
        index = {"first": 0, "last": -1}.get(segment, segment) if isinstance(segment, str) else segment
        if isinstance(index, int) and -len(value) <= index < len(value):
            return value[index]
    if isinstance(value, str) and segment == "size":
        return len(value)
    return MISSING


def resolve(data: Mapping[str, object], path: tuple[str | int, ...]) -> object:
    """Return the value at `path` of `data`, or None when there is none."""
    value: object = data
    for segment in path:
        value = step(value, segment)
    return None if value is MISSING else value


def write_value(value: object, html: bool) -> str:
    """Turn a value into what is written: text, escaped for HTML unless it is markup we built ourselves."""
    if isinstance(value, Markup):
        return str(value)
    text = as_text(value)
    return str(escape(text)) if html else text


def _is_html(context: RenderContext) -> bool:
    return cast(ContentEnvironment, context.env).html


class _OutputNode(output.OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(write_value(self.expression.evaluate(context), _is_html(context)))


class _OutputTag(output.Output):
    node_class = _OutputNode


class _CaptureNode(capture_tag.CaptureNode):
    def _assign(self, context: RenderContext, buf: Any) -> None:
        # What was captured is already escaped; writing it again must not escape it twice.
        text = buf.getvalue()
        context.assign(self.name, Markup(text) if _is_html(context) else text)  # noqa: S704


class _CaptureTag(capture_tag.CaptureTag):
    node_class = _CaptureNode


class LimitedTemplate(BoundTemplate):
    """A parsed template whose renders are counted and limited."""

    context_class = LimitedContext

    def make_partial_namespace(self, partial: bool, render_args: Mapping[str, object]) -> Mapping[str, object]:
        """Add no names of the library's own."""
        return render_args


class ContentEnvironment(Environment):
    """The one Liquid dialect of this product: for HTML (values escaped) or for plain text."""

    block_nesting_limit = 20
    context_depth_limit = 20
    loop_iteration_limit = MAX_LOOPS
    local_namespace_limit = 10_000
    output_stream_limit = MAX_OUTPUT
    template_class = LimitedTemplate

    _TAGS = (
        content_tag.Literal,
        _OutputTag,
        illegal.Illegal,
        if_tag.IfTag,
        unless_tag.UnlessTag,
        case_tag.CaseTag,
        for_tag.ForTag,
        for_tag.BreakTag,
        for_tag.ContinueTag,
        assign_tag.AssignTag,
        _CaptureTag,
        comment_tag.CommentTag,
        inline_comment_tag.InlineCommentTag,
    )

    def __init__(self, *, html: bool, language: str) -> None:
        self.html = html
        self.language = language
        super().__init__(autoescape=False)

    def from_string(self, source: str, *args: Any, **options: Any) -> LimitedTemplate:
        """Parse a source; raises liquid.exceptions.LiquidError."""
        return cast(LimitedTemplate, super().from_string(source, *args, **options))

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Register the listed tags and filters and nothing else."""
        for tag in self._TAGS:
            self.add_tag(tag)
        self.filters.update(FILTERS)
        self.filters["date"] = date_in(self.language)


@lru_cache(maxsize=64)
def environment(*, html: bool, language: str = "en") -> ContentEnvironment:
    """Return the shared environment for a language (BCP 47, any case)."""
    return ContentEnvironment(html=html, language=language)


def parse(source: str, *, where: str, html: bool, language: str = "en") -> LimitedTemplate:
    """Parse a source.

    Raises ContentError with a friendly problem: too long, not closed, unknown tag or filter, wrong syntax.
    """
    tokens = scan(source, where)
    dialect = environment(html=html, language=language)
    try:
        template = dialect.from_string(source)
        filters = template.analyze().filters
    except (LiquidError, RecursionError) as error:
        problem = _problem_of(error, source, where)
        raise ContentError(problem if problem.line else _locate(problem, dialect, source, tokens)) from error
    for name, spans in filters.items():
        if name not in FILTERS and name != "date":
            message = _("There is no filter called “%(name)s”.") % {"name": name}
            raise ContentError(Problem("liquid_filter", message, where, line_of(source, spans[0].index)))
    return template


def _problem_of(error: Exception, source: str, where: str) -> Problem:
    token = getattr(error, "token", None)
    line = line_of(source, token.start_index) if token is not None and token.start_index >= 0 else None
    if isinstance(error, BlockNestingError):
        return Problem("liquid_nesting", _("Conditions and loops are nested more than 20 deep."), where, line)
    if isinstance(error, LiquidSyntaxError):
        unknown = re.match(r"unexpected tag '(\w+)'", str(error.args[0]) if error.args else "")
        if unknown:
            return Problem("liquid_tag", unknown_tag(unknown.group(1)), where, line)
    message = _("A field or condition is not written as expected. Compare it with the examples in the help.")
    return Problem("liquid_syntax", message, where, line)


def _locate(problem: Problem, dialect: ContentEnvironment, source: str, tokens: list[Token]) -> Problem:
    """Find the line of a problem for which the library names no place: the first field that fails alone."""
    for token in tokens:
        if token.kind != "output":
            continue
        try:
            dialect.from_string(token.text)
        except (LiquidError, RecursionError):
            return replace(problem, line=line_of(source, token.start))
    return problem


def render(template: LimitedTemplate, data: Mapping[str, object]) -> str:
    """Render a parsed template. Raises RenderError when it goes over a limit or a filter cannot work."""
    try:
        return template.render(data)
    except LiquidError as error:
        raise render_error(error) from error


def render_error(error: LiquidError) -> RenderError:
    """Translate an error of the library while rendering."""
    if isinstance(error, ResourceLimitError):
        return RenderError("limit", _("This message grows too large or takes too long for one person."))
    return RenderError("filter", _("A filter in this message cannot work with the values it was given."))


def field_paths(template: BoundTemplate) -> dict[str, int]:
    """Return the dotted paths of all fields a template reads, each with the position of its first use."""
    paths: dict[str, int] = {}
    for variables in template.analyze().globals.values():
        for variable in variables:
            names: list[str] = []
            for segment in variable.segments:
                if not isinstance(segment, str):
                    break
                names.append(segment)
            if names:
                paths.setdefault(".".join(names), variable.span.index)
    return paths


def is_known(path: str, known: Collection[str]) -> bool:
    """Tell whether a dotted path is one of `known`.

    An entry ending in ".*" covers everything below it; a parent of a known field is known (it can be looped
    over or tested); `size`, `first` and `last` of a known field are known.
    """
    if path in known or any(entry.startswith(path + ".") for entry in known):
        return True
    parent, _dot, leaf = path.rpartition(".")
    if leaf in ("size", "first", "last") and parent and is_known(parent, known):
        return True
    return any(entry.endswith(".*") and path.startswith(entry[:-1]) for entry in known)
