"""Makes author HTML safe for mail programs, previews and the view in the browser.

`nh3` (a real HTML5 parser) decides what stays: an allow-list of elements and attributes, links only to http,
https, mailto, tel and sms, pictures only from http and https. The document around the body is written here,
so nothing of an author's `<head>` survives but checked style rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import css_inline
import nh3
from django.utils.translation import gettext as _

from content.blocks import Block, blocks, first_block, without_blocks
from content.problems import ContentError, Problem
from content.protect import TAG

MAX_DEPTH = 100

_TAGS = {
    "a", "abbr", "address", "article", "b", "big", "blockquote", "br", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "del", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "ol", "p",
    "pre", "q", "s", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "tt", "u", "ul", "wbr"
}  # fmt: skip
_EVERYWHERE = {
    "align", "valign", "bgcolor", "background", "class", "dir", "height", "width", "id", "lang", "role",
    "style", "title", "aria-label", "aria-hidden", "aria-roledescription", "vertical-align"
}  # fmt: skip
_ATTRIBUTES = {
    "*": _EVERYWHERE,
    "a": {"href", "target", "name"},
    "img": {"src", "alt", "border"},
    "table": {"border", "cellpadding", "cellspacing", "summary"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "nowrap", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "hr": {"size", "noshade", "color"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "sms"}
_BAD_CSS = re.compile(r"expression\s*\(|javascript\s*:|vbscript\s*:|data\s*:|behaviou?r\s*:|-moz-binding|@import", re.I)
_PICTURE = re.compile(r"https?://", re.I)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
# Conditional comments as the MJML compiler writes them, whole or one end of a revealed block.
_FOR_OUTLOOK = re.compile(r"\[if [^\]<>]*\]>.*<!\[endif\]|\[if [^\]<>]*\]><!|<!\[endif\]", re.DOTALL)
_MEDIA = re.compile(r'media="([^"<>{}]*)"')
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})

_RESET = (
    "#outlook a{padding:0}body{margin:0;padding:0;-webkit-text-size-adjust:100%;-ms-text-size-adjust:100%}"
    "table,td{border-collapse:collapse;mso-table-lspace:0pt;mso-table-rspace:0pt}"
    "img{border:0;height:auto;line-height:100%;outline:none;text-decoration:none;-ms-interpolation-mode:bicubic}"
    "p{display:block;margin:13px 0}"
)
_OUTLOOK_HEAD = (
    "<!--[if mso]><noscript><xml><o:OfficeDocumentSettings><o:AllowPNG/>"
    "<o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml></noscript><![endif]-->"
    '<!--[if lte mso 11]><style type="text/css">.mj-outlook-group-fix{width:100% !important}</style><![endif]-->'
)


@dataclass(frozen=True)
class CleanDocument:
    """The safe parts of a message: style rules for the head, the tag that opens the body, and its content."""

    css: str
    body_tag: str
    body: str


def clean_css(css: str) -> str:
    """Return style rules without anything that loads, runs or leaves the style element."""
    css = _CSS_COMMENT.sub("", css).replace("<", "")
    kept = [rule for rule in re.split(r"(?<=\})", css) if not _BAD_CSS.search(_plain(rule))]
    return "".join(kept).strip()


def _plain(css: str) -> str:
    """Undo CSS escapes, so that a disguised word is seen."""

    def letter(match: re.Match[str]) -> str:
        code = int(match.group(1), 16)
        return chr(code) if 0 < code < 0x110000 else ""

    unescaped = re.sub(r"\\([0-9a-fA-F]{1,6})\s?", letter, _CSS_COMMENT.sub("", css))
    return unescaped.replace("\\", "")


def _cleaner(prefix: str) -> nh3.Cleaner:
    word = re.compile(rf"{prefix}\d+z")

    def keep(tag: str, name: str, value: str) -> str | None:
        if name in ("src", "background"):
            return value if _PICTURE.match(value) or word.match(value) else None
        if name == "style":
            return None if _BAD_CSS.search(_plain(value)) else value
        if (name, value) in (("lang", "und"), ("dir", "auto")):
            # The MJML compiler writes these when it does not know; the document itself says better.
            return None
        return value

    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        strip_comments=False,
        link_rel=None,
        url_schemes=_SCHEMES,
        clean_content_tags={"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math"},
    )


def clean_document(html: str, *, prefix: str, where: str, inline_css: str = "", outlook: bool) -> CleanDocument:
    """Clean a whole HTML document or a piece of one.

    `prefix` begins the words that stand for Liquid; comments are dropped unless they hold such a word, or,
    with `outlook`, are conditional comments of the MJML compiler. Raises ContentError when elements are nested
    so deeply that the CSS inliner, which recurses natively, could exhaust its stack.
    """
    head = first_block(html, "head")
    in_head = list(blocks(_COMMENT.sub("", head.inner), "style")) if head else []
    # The MJML compiler's own rules answer to the screen and stay in the head; its first block is `_RESET`.
    kept_css = "\n".join(_media(style) for style in in_head[1:]) if outlook else ""
    if not outlook:
        inline_css += "\n".join(_media(style) for style in blocks(html, "style"))
    html = without_blocks(html, "style")
    body = first_block(html, "body", greedy=True)
    attributes, inner = (body.attributes, body.inner) if body else ("", without_blocks(html, "head"))
    cleaner = _cleaner(prefix)
    safe = cleaner.clean(f"<div{attributes}>{_table_bodies(inner, prefix)}</div>")
    _check_depth(safe, where)
    opening, content = _unwrap(safe)
    inlined = css_inline.inline(
        f"<html>{opening}{content}</body></html>",
        inline_style_tags=False,
        load_remote_stylesheets=False,
        extra_css=clean_css(inline_css) or None,
    )
    # Inlining wrote new style attributes, so everything goes through the cleaner once more.
    body = first_block(inlined, "body", greedy=True)
    attributes, inner = (body.attributes, body.inner) if body else ("", "")
    opening, content = _unwrap(_comments(cleaner.clean(f"<div{attributes}>{inner}</div>"), prefix, outlook))
    return CleanDocument(clean_css("\n".join([kept_css, *_at_rules(inline_css)])), opening, content)


def _unwrap(markup: str) -> tuple[str, str]:
    """Split `<div …>content</div>` into the tag, made a body tag, and the content."""
    opening = TAG.match(markup)
    if opening is None or opening.group(2) != "div":
        return "<body>", markup
    return opening.group().replace("<div", "<body", 1), markup[opening.end() :].removesuffix("</div>")


def _table_bodies(markup: str, prefix: str) -> str:
    """Open the table body before a loop over rows, or the parser would open it inside the loop."""
    loop = rf"(<table\b(?:[^<>\"]|\"[^\"]*\")*>\s*)((?:<!--{prefix}\d+z-->\s*)+<tr\b)"
    return re.sub(loop, r"\1<tbody>\2", markup)


def _check_depth(markup: str, where: str) -> None:
    depth = 0
    for tag in TAG.finditer(_COMMENT.sub("", markup)):
        depth += -1 if tag.group(1) else tag.group(2) not in _VOID
        if depth > MAX_DEPTH:
            message = _("Elements are nested more than 100 deep.")
            raise ContentError(Problem("html_nesting", message, where))


def _media(style: Block) -> str:
    media = _MEDIA.search(style.attributes)
    return f"@media {media.group(1)} {{{style.inner}}}" if media else style.inner


def _at_rules(css: str) -> list[str]:
    """Return the `@media` blocks of a style sheet; they cannot be inlined and stay in the head."""
    blocks, position = [], 0
    css = _CSS_COMMENT.sub("", css)
    while (start := css.find("@media", position)) >= 0:
        depth, end = 0, start
        for end in range(start, len(css)):
            depth += (css[end] == "{") - (css[end] == "}")
            if css[end] == "}" and depth <= 0:
                break
        blocks.append(css[start : end + 1])
        position = end + 1
    return blocks


def _comments(markup: str, prefix: str, outlook: bool) -> str:
    ours = re.compile(rf"{prefix}\d+z")

    def keep(match: re.Match[str]) -> str:
        text = match.group(1)
        return match.group() if ours.fullmatch(text) or (outlook and _FOR_OUTLOOK.fullmatch(text)) else ""

    return _COMMENT.sub(keep, markup)


def write_document(clean: CleanDocument, *, title: str, language: str, direction: str, start: str, end: str) -> str:
    """Write the whole document. `title`, `start` (after the body tag) and `end` (before its end) are HTML."""
    css = f"<style>{_RESET}{clean.css}</style>"
    # Only who has written colours for the dark is asked for them. Else a program that believes us would show what has
    # no colour of its own, such as a plain link, in a light one on the white that has.
    scheme = "light dark" if "prefers-color-scheme" in clean.css else "light"
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}" xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="{scheme}"><meta name="supported-color-schemes" content="{scheme}">'
        f"<title>{title}</title>\n{css}\n{_OUTLOOK_HEAD}</head>\n{clean.body_tag}{start}{clean.body}{end}</body></html>"
    )
