"""Reading a body so that nothing in it can trip what comes after: the database takes neither NUL nor half letters."""

import re
from collections.abc import Mapping
from typing import IO, Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError

from accounts.api.errors import TooLarge

DEEPEST = 32
LARGEST_BODY = 5 * 1024 * 1024
# PostgreSQL's numeric takes far more; a number nobody means only costs.
LARGEST_NUMBER = 10**30
TOO_DEEP = "The body is nested too deeply."
_HALVES = re.compile("[\ud800-\udfff]")


class TooDeep(ParseError):
    """A body nested deeper than anything it could mean."""


class JSONParser(parsers.JSONParser):
    """JSON with texts that can be stored, numbers that are numbers, and a depth somebody meant."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The parsed body. Raises TooLarge, and ParseError with a sentence for anything else."""
        if _content_length(parser_context) > LARGEST_BODY:
            raise TooLarge("The body is larger than 5 MB. Send it in parts.")
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise TooDeep(TOO_DEEP) from error
        problem = problem_of(data)
        if problem:
            raise (TooDeep if problem == TOO_DEEP else ParseError)(problem)
        return data


def _content_length(parser_context: Mapping[str, Any] | None) -> int:
    request = (parser_context or {}).get("request")
    text = str(request.META.get("CONTENT_LENGTH") or "") if request is not None else ""
    return int(text) if text.isascii() and text.isdigit() else 0


def problem_of(value: Any) -> str:
    """What cannot be stored about a JSON value, "" when all of it can. Goes down level by level, without recursion."""
    level = [value]
    for _depth in range(DEEPEST + 1):
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, str):
                if problem := text_problem(item):
                    return problem
            elif isinstance(item, dict):
                deeper += item
                deeper += item.values()
            elif isinstance(item, list):
                deeper += item
            elif isinstance(item, int | float) and not abs(item) <= LARGEST_NUMBER:
                return "A number in the body is too large."
        if not deeper:
            return ""
        level = deeper
    return TOO_DEEP


def text_problem(text: str) -> str:
    """Why a text cannot be stored, "" when it can."""
    if "\0" in text:
        return "A text holds the character NUL, which cannot be stored."
    if not text.isascii() and _HALVES.search(text):
        return "A text holds half of a surrogate pair, which is no character."
    return ""
