"""Reading a text token by token: words, values, operators, counts and windows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Never

from segments.language.problems import Problem, RuleError
from segments.language.text_printer import OPERAND_WORDS
from segments.language.words import CALENDAR_NAMES, UNITS

MAX_TEXT_LENGTH = 200_000
_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_.-]*)
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?)
    |(?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")
    |(?P<symbol><=|>=|!=|[()<>=,/*%]))""",
    re.VERBOSE,
)
_CURRENCY = re.compile(r"[A-Z]{3}")
# A longer number is outside every limit of the language, and Python refuses to read very long ones.
_LONGEST_NUMBER = 40

_SYMBOL_OPERATORS = {"=": "eq", "!=": "ne", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_Wording = tuple[tuple[tuple[str, ...], str], ...]
_PRESENCE: _Wording = ((("is", "set"), "is_set"), (("is", "empty"), "is_empty"))
_WORD_OPERATORS: _Wording = (
    (("is", "not"), "ne"),
    (("is",), "eq"),
    (("contains",), "contains"),
    (("does", "not", "contain"), "not_contains"),
    (("starts", "with"), "starts_with"),
    (("ends", "with"), "ends_with"),
)
_LIST_OPERATORS: _Wording = (
    (("not", "in"), "not_in"),
    (("has", "any"), "has_any"),
    (("has", "all"), "has_all"),
    (("has", "none"), "has_none"),
)
_TIMES: _Wording = (
    (("at", "least"), "gte"),
    (("at", "most"), "lte"),
    (("exactly",), "eq"),
    (("not",), "ne"),
    (("fewer", "than"), "lt"),
    (("more", "than"), "gt"),
)


@dataclass(frozen=True)
class Token:
    """One token: its kind (word, number, string, symbol, end), its text and where it begins."""

    kind: str
    text: str
    offset: int


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:]
            blank = len(rest) - len(rest.lstrip())
            if blank == len(rest):
                break
            raise RuleError([Problem("bad_text", "", position + blank)])
        kind = match.lastgroup or "symbol"
        yield Token(kind, match.group(kind), match.start(kind))
        position = match.end()
    yield Token("end", "", len(text))


class Reader:
    """A position in a text. `accept_*` move on and say so; `read_*` raise RuleError(bad_text) when they cannot."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_TEXT_LENGTH:
            raise RuleError([Problem("bad_text", "", MAX_TEXT_LENGTH)])
        self._tokens = list(_tokens(text))
        self._at = 0
        # Inside "all(a, b)" a comma may also begin the next operand.
        self.in_call = False

    def peek(self, ahead: int = 0) -> Token:
        """Return a coming token without moving."""
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Return the next token and move past it."""
        token = self.peek()
        self._at += 1
        return token

    def fail(self) -> Never:
        """Refuse the text at the next token."""
        raise RuleError([Problem("bad_text", "", self.peek().offset)])

    def at_words(self, *words: str) -> bool:
        """Say whether these bare words come next."""
        coming = [self.peek(ahead) for ahead in range(len(words))]
        return all(token.kind == "word" and token.text == word for token, word in zip(coming, words, strict=True))

    def accept_words(self, *words: str) -> bool:
        """Move past these bare words if they come next."""
        found = self.at_words(*words)
        if found:
            self._at += len(words)
        return found

    def at_symbol(self, symbol: str, ahead: int = 0) -> bool:
        """Say whether this symbol comes next."""
        token = self.peek(ahead)
        return token.kind == "symbol" and token.text == symbol

    def accept_symbol(self, symbol: str) -> bool:
        """Move past this symbol if it comes next."""
        found = self.at_symbol(symbol)
        self._at += found
        return found

    def read_words(self, *words: str) -> None:
        """Move past words that must come next."""
        if not self.accept_words(*words):
            self.fail()

    def read_symbol(self, symbol: str) -> None:
        """Move past a symbol that must come next."""
        if not self.accept_symbol(symbol):
            self.fail()

    def read_name(self) -> str:
        """Return a name: an identifier or a string."""
        if self.peek().kind == "word":
            return self.take().text
        return self.read_string()

    def read_string(self) -> str:
        """Return a JSON string."""
        if self.peek().kind != "string":
            self.fail()
        try:
            return str(json.loads(self.peek().text))
        except ValueError:
            self.fail()
        finally:
            self._at += 1

    def read_integer(self) -> int:
        """Return a whole number."""
        token = self.peek()
        if token.kind != "number" or "." in token.text or len(token.text) > _LONGEST_NUMBER:
            self.fail()
        return int(self.take().text)

    def read_part(self) -> tuple[int, int]:
        """Return the first and the last of 10,000 buckets, written as such or in percent: `0 to 999`, `0% to 10%`."""
        if not self.at_symbol("%", 1):
            first = self.read_integer()
            self.read_words("to")
            return first, self.read_integer()
        start = self._read_percent()
        self.read_words("to")
        return start, self._read_percent() - 1

    def _read_percent(self) -> int:
        token = self.peek()
        hundredths = (
            Decimal(token.text) * 100 if token.kind == "number" and len(token.text) <= _LONGEST_NUMBER else None
        )
        if hundredths is None or hundredths != int(hundredths):
            self.fail()
        self.take()
        self.read_symbol("%")
        return int(hundredths)

    def read_names(self) -> list[str]:
        """Return names with commas between them."""
        names = [self.read_name()]
        while self.at_symbol(",") and not self._next_operand_after_comma():
            self.take()
            names.append(self.read_name())
        return names

    def _next_operand_after_comma(self) -> bool:
        following = self.peek(1)
        begins = following.text in OPERAND_WORDS if following.kind == "word" else following.text == "("
        return self.in_call and begins

    def read_value(self) -> Any:
        """Return a string, a number, true, false or an amount of money."""
        token = self.peek()
        if token.kind == "string":
            return self.read_string()
        if token.kind == "word" and token.text in ("true", "false"):
            return self.take().text == "true"
        if token.kind != "number" or len(token.text) > _LONGEST_NUMBER:
            self.fail()
        self.take()
        following = self.peek()
        if following.kind == "word" and _CURRENCY.fullmatch(following.text):
            return {"amount": token.text, "currency": self.take().text}
        return Decimal(token.text) if "." in token.text else int(token.text)

    def read_list(self) -> list[Any]:
        """Return values in brackets."""
        self.read_symbol("(")
        values = [self.read_value()]
        while self.accept_symbol(","):
            values.append(self.read_value())
        self.read_symbol(")")
        return values

    def read_operator(self) -> dict[str, Any]:
        """Return an operator with its value: `{"op", "value"?}`."""
        for words, operator in _PRESENCE:
            if self.accept_words(*words):
                return {"op": operator}
        token = self.peek()
        if token.kind == "symbol" and token.text in _SYMBOL_OPERATORS:
            self.take()
            return {"op": _SYMBOL_OPERATORS[token.text], "value": self.read_value()}
        if self.at_words("in") and self.at_symbol("(", 1):
            self.take()
            return {"op": "in", "value": self.read_list()}
        for words, operator in _LIST_OPERATORS:
            if self.accept_words(*words):
                return {"op": operator, "value": self.read_list()}
        for words, operator in _WORD_OPERATORS:
            if self.accept_words(*words):
                return {"op": operator, "value": self.read_value()}
        if self.accept_words("between"):
            low = self.read_value()
            self.read_words("and")
            return {"op": "between", "value": [low, self.read_value()]}
        return {"op": "within", "value": self.read_window()}

    def read_conditions(self) -> list[dict[str, Any]]:
        """Return conditions in brackets."""
        self.read_symbol("(")
        conditions = [{"key": self.read_name(), **self.read_operator()}]
        while self.accept_symbol(","):
            conditions.append({"key": self.read_name(), **self.read_operator()})
        self.read_symbol(")")
        return conditions

    def accept_times(self) -> dict[str, Any] | None:
        """Return how often, if the text says so here."""
        times: dict[str, Any]
        if self.accept_words("never"):
            return {"op": "eq", "value": 0}
        if self.peek().kind == "number" and self.peek(3).text == "times":
            low = self.read_integer()
            self.read_words("to")
            times = {"op": "between", "value": [low, self.read_integer()]}
            self.read_words("times")
            return times
        for words, operator in _TIMES:
            # "more than 3 days ago" is a window.
            if self.at_words(*words) and (operator != "gt" or self.peek(3).text == "times"):
                self.accept_words(*words)
                times = {"op": operator, "value": self.read_integer()}
                self.read_words("times")
                return times
        return None

    def accept_window(self) -> dict[str, Any] | None:
        """Return a window, if one begins here."""
        token = self.peek()
        begins = token.kind == "word" and token.text in ("in", "more", "from", "until")
        return self.read_window() if begins or token.kind == "number" else None

    def read_window(self) -> dict[str, Any]:
        """Return a window that must come next."""
        window = self._read_window_form()
        if self.accept_words("in", "contact", "zone"):
            window["zone"] = "contact"
        return window

    def _read_window_form(self) -> dict[str, Any]:
        window: dict[str, Any]
        for words, form in ((("in", "the", "last"), "last"), (("in", "the", "next"), "next")):
            if self.accept_words(*words):
                return {form: self.read_integer(), "unit": self._read_word_of(UNITS)}
        if self.accept_words("more", "than"):
            window = {"over": self.read_integer(), "unit": self._read_word_of(UNITS)}
            self.read_words("ago")
            return window
        if self.peek().kind == "number":
            low = self.read_integer()
            self.read_words("to")
            window = {"ago": [low, self.read_integer()], "unit": self._read_word_of(UNITS)}
            self.read_words("ago")
            return window
        if self.accept_words("from"):
            window = {"from": self.read_string()}
            if self.accept_words("to"):
                window["to"] = self.read_string()
            return window
        if self.accept_words("until"):
            return {"to": self.read_string()}
        self.read_words("in")
        return {"calendar": self._read_word_of(CALENDAR_NAMES)}

    def _read_word_of(self, words: tuple[str, ...]) -> str:
        token = self.peek()
        if token.kind != "word" or token.text not in words:
            self.fail()
        return self.take().text
