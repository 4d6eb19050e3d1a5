"""The message as it was sent with the number of people who clicked laid over each link."""

from collections.abc import Iterable

from accounts.models import Workspace
from content.compiler import CompiledContent
from content.models import ContentVersion
from content.places import mark_links
from content.preview import Preview, preview_for
from core.formatting import number
from delivery.services.links import LinkResult

# It takes no room, so that the message looks as it was sent; a message is its own document, with styles in its tags.
BADGE = (
    '<span style="position:absolute;z-index:9;margin-top:-16px;padding:0 7px;border-radius:10px;'
    "background:{background};color:{color};font:600 12px/20px sans-serif;letter-spacing:0;text-transform:none;"
    'box-shadow:0 0 0 2px #fff,0 1px 4px rgba(0,0,0,.4);white-space:nowrap">{people}</span>'
)
# From the least to the most clicked: each with a contrast of 4.5 and more between its number and its ground.
NOBODY = ("#e7e5e0", "#57534e")
SHADES = (("#d5ecf2", "#0b4a59"), ("#7cc0d0", "#062f39"), ("#0b6478", "#ffffff"))


def drawn_clicks(workspace: Workspace, version: ContentVersion, found: Iterable[LinkResult]) -> Preview:
    """A version as somebody unknown would read it, with a number at each of its links."""
    people = {one.at[version.pk]: one.people for one in found if version.pk in one.at}
    most = max(people.values(), default=0)
    html = mark_links(version.html, lambda link: _badge(people.get(link, 0), most))
    marked = CompiledContent(
        subject=version.subject,
        preheader=version.preheader,
        html=html,
        text=version.text,
        links=list(version.links),
        language=version.language,
    )
    return preview_for(compiled=marked, workspace=workspace, contact=None)


def _badge(people: int, most: int) -> str:
    background, color = SHADES[min(people * len(SHADES) // most, len(SHADES) - 1)] if people else NOBODY
    return BADGE.format(background=background, color=color, people=number(people))
