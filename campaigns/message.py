"""What can be told of a message before it is written for anybody."""

import re
from collections.abc import Iterable, Sequence

from content.models import Template

_PART = re.compile(r"\{\{-?(?P<output>.*?)-?\}\}|\{%-?\s*(?P<tag>\w+)(?P<condition>.*?)-?%\}", re.DOTALL)
_FIELD = re.compile(r"\s*(contact\.[a-z0-9_.]+)\s*(?P<filters>.*)", re.DOTALL)
_FIELDS = re.compile(r"contact\.[a-z0-9_.]+")
_OPENING = ("if", "unless", "case")


def fields_without_fallback(templates: Iterable[Template], subjects: Sequence[str] = ()) -> list[str]:
    """The fields of a person that are written out as they are, in order: a gap is left where one is empty.

    A field with the filter `default` leaves none, nor one inside a condition that asks for it.
    """
    found: dict[str, None] = {}
    for template in templates:
        for source in (template.subject, template.preheader, template.mjml, template.text):
            found |= dict.fromkeys(_bare_fields(source))
    for source in subjects:
        found |= dict.fromkeys(_bare_fields(source))
    return list(found)


def _bare_fields(source: str) -> list[str]:
    asked: list[set[str]] = []
    bare = []
    for part in _PART.finditer(source):
        tag = part["tag"]
        if tag in _OPENING:
            asked.append(set(_FIELDS.findall(part["condition"])))
        elif tag and tag.startswith("end") and tag.removeprefix("end") in _OPENING and asked:
            asked.pop()
        elif part["output"] is not None and (field := _FIELD.match(part["output"])):
            path = field[1].rstrip(".")
            if "default" not in field["filters"] and not any(path in paths for paths in asked):
                bare.append(path)
    return bare
