"""What can be told of a message before it is written for anybody."""

import re

from content.models import Template

_FIRST_NAME = re.compile(r"\{\{-?\s*contact\.first_name\s*(?P<filters>[^}]*)\}\}")


def greets_without_fallback(template: Template) -> bool:
    """True when it says a first name and has no word for people whose first name nobody knows."""
    source = "\n".join((template.subject, template.preheader, template.mjml, template.text))
    return any("default" not in found["filters"] for found in _FIRST_NAME.finditer(source))
