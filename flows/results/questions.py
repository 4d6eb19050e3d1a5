"""The questions of a flow with the words they are asked in, and what was answered to each, ready to be drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from flows.engine.flow import Flow as Compiled
from flows.engine.flow import is_input
from flows.engine.intake import choice_list
from flows.engine.locales import chosen_text
from flows.results.counting import Counter, Numbers

CHOICES = frozenset({"single_choice", "multiple_choice", "dropdown", "picture_choice", "hotspot", "yes_no", "consent"})
SCALES: Mapping[str, tuple[int, int]] = {"rating": (1, 5), "opinion_scale": (0, 10), "nps": (0, 10)}
NUMBERS = frozenset({"number", "slider"})
TEXTS = frozenset({"short_text", "long_text", "url", "time", "date", "email", "phone", "country", "full_name"})
TABLES = frozenset({"matrix"})


@dataclass(frozen=True)
class Question:
    """One question: `options` are (value, words) in the order in which they are offered."""

    key: str
    kind: str
    label: str
    step: str
    options: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Bar:
    """One line of a chart; `part` is its share of those who answered, from 0 to 1."""

    value: str
    label: str
    count: int
    part: float


@dataclass(frozen=True)
class Findings:
    """What was answered to a question. `score` is the NPS: promoters less detractors, in points."""

    question: Question
    answered: int
    bars: tuple[Bar, ...] = ()
    numbers: Numbers | None = None
    texts: tuple[str, ...] = ()
    score: int | None = None
    mean: float | None = None
    table: tuple[tuple[str, tuple[Bar, ...]], ...] = ()


def questions_of(compiled: Compiled, locale: str) -> list[Question]:
    """Every question of a version, in order; of the variants of a step each question once."""
    found: dict[str, Question] = {}
    for step in compiled.steps:
        groups = [step.document["blocks"], *(one.get("blocks") or () for one in step.variants)]
        for block in (one for group in groups for one in group if is_input(one)):
            found.setdefault(block["key"], _question(compiled, block, step.key, locale))
    return list(found.values())


def _question(compiled: Compiled, block: Mapping[str, Any], step: str, locale: str) -> Question:
    def words(text: Any) -> str:
        return chosen_text(text or "", locale, compiled.default_locale)

    def pairs(choices: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
        return tuple((str(one["key"]), words(one.get("label")) or str(one["key"])) for one in choices)

    kind = block["type"]
    if kind in ("yes_no", "consent"):
        options: tuple[tuple[str, str], ...] = (("true", _("Yes")), ("false", _("No")))
    elif kind in SCALES:
        low, high = SCALES[kind]
        ends = int(block.get("min", low)), int(block.get("max", high))
        options = tuple((str(number), str(number)) for number in range(ends[0], min(ends[1], ends[0] + 20) + 1))
    else:
        options = pairs(block.get("columns") or choice_list(block))
    return Question(
        block["key"], kind, words(block.get("label")) or block["key"], step, options, pairs(block.get("rows") or ())
    )


def findings_of(questions: Sequence[Question], counter: Counter) -> list[Findings]:
    """What was answered to each question; five statements, however many questions there are."""

    def keys(*kinds: Any) -> list[str]:
        return [one.key for one in questions if any(one.kind in kind for kind in kinds)]

    answered = counter.answered()
    chosen = counter.choices(keys(CHOICES, SCALES))
    numbers = counter.numbers(keys(NUMBERS, SCALES))
    texts = counter.texts(keys(TEXTS))
    cells = counter.cells(keys(TABLES))
    return [
        Findings(
            question=one,
            answered=answered.get(one.key, 0),
            bars=tuple(_bars(one, chosen.get(one.key, {}), answered.get(one.key, 0))),
            numbers=numbers.get(one.key) if one.kind in NUMBERS else None,
            texts=tuple(texts.get(one.key, ())),
            score=_nps(chosen.get(one.key, {})) if one.kind == "nps" else None,
            mean=numbers[one.key].mean if one.kind in SCALES and one.key in numbers else None,
            table=tuple(_table(one, cells.get(one.key, {}), answered.get(one.key, 0))) if one.kind in TABLES else (),
        )
        for one in questions
    ]


def _bars(question: Question, counts: Mapping[str, int], answered: int) -> Iterator[Bar]:
    if question.kind not in CHOICES and question.kind not in SCALES:
        return
    known = dict(question.options)
    for value, label in (*question.options, *((one, one) for one in sorted(set(counts) - set(known)))):
        many = counts.get(value, 0)
        yield Bar(value, label, many, many / answered if answered else 0.0)


def _table(
    question: Question, cells: Mapping[tuple[str, str], int], answered: int
) -> Iterator[tuple[str, tuple[Bar, ...]]]:
    for row, label in question.rows:
        line = [
            Bar(column, words, cells.get((row, column), 0), cells.get((row, column), 0) / answered if answered else 0.0)
            for column, words in question.options
        ]
        yield label, tuple(line)


def _nps(counts: Mapping[str, int]) -> int | None:
    """Net Promoter Score (Reichheld 2003): share of 9 and 10 less share of 0 to 6, in points from -100 to 100."""
    scores = {int(value): many for value, many in counts.items() if value.isdigit()}
    total = sum(scores.values())
    if not total:
        return None
    promoters = sum(many for score, many in scores.items() if score >= 9)
    detractors = sum(many for score, many in scores.items() if score <= 6)
    return round(100 * (promoters - detractors) / total)
