"""One visitor, three ways through a flow: the engine alone, a program over REST, and a browser's forms.

Each walker says where it is (`place`) and takes events of the engine; what a form cannot say is left out of them.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.clock import now
from flows.documents import compiled, plain_json, read_state
from flows.engine.advance import advance
from flows.engine.dates import moment_text
from flows.engine.flow import is_input
from flows.engine.intake import choice_list
from flows.engine.state import ACTIVE, State
from flows.models import Flow, FlowSession
from flows.services.sessions import repeat_state
from tests.api import ApiClient

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 92
TEXTS = {
    "short_text": ["Ada", "  ليلى ", "a <b>"],
    "long_text": ["Two\nlines."],
    "email": ["Ada@Lake.example"],
    "phone": ["+44 7911 123456"],
    "url": ["lake.example/a"],
    "date": ["1968-02-29", "1999-07-01", "2031-05-20"],
    "time": ["09:30"],
    "country": ["DE", "NZ"],
    "signature": ["Ada Lake"],
}
REFUSED = {"email": "nobody", "phone": "12", "number": "1,5,0", "date": "someday", "url": "no page", "country": "??"}
RECORDS = {
    "full_name": {"first": "Ada", "last": "Lake"},
    "address": {"line1": "1 Lake Road", "city": "Wanaka", "country": "NZ"},
    "date_range": {"from": "2031-02-01", "to": "2031-02-03"},
}
SCALES = {"rating": (1, 5), "opinion_scale": (0, 10), "nps": (0, 10), "slider": (0, 100)}


class EngineWalk:
    """Through the engine alone."""

    def __init__(self, row: Flow) -> None:
        assert row.live_version is not None
        self.flow, self.row = compiled(row.live_version), row
        self.at = moment_text(now())
        start = {"type": "start", "seed": secrets.token_hex(16), "at": self.at, "locale": "en"}
        self.state, self.effects = advance(self.flow, None, start)

    @property
    def place(self) -> str:
        """The step, review, or how it ended."""
        return place_of(self.state)

    @property
    def asked(self) -> str:
        """In a chat the open question."""
        return str(next((one["ask"] for one in reversed(self.effects) if one.get("ask")), ""))

    def send(self, event: Mapping[str, Any]) -> None:
        """One event."""
        self.state, self.effects = advance(self.flow, self.state, {**event, "at": self.at})

    def stored(self) -> dict[str, Any]:
        """What a session of this state keeps."""
        session = FlowSession(flow=self.row)
        assert self.state is not None
        repeat_state(session, self.flow, self.state)
        return kept(session)


class ApiWalk:
    """Through REST, as a program with a key."""

    def __init__(self, row: Flow, api: ApiClient) -> None:
        self.api = api
        begun = api.post(f"flows/{row.public_id}/sessions/", {"locale": "en", "channel": "web"})
        self.id = begun["session"]["id"]
        self._look(begun)

    def _look(self, answer: Mapping[str, Any]) -> None:
        status, shown = answer["session"]["status"], answer["effects"]
        if status != "active":
            self.place = status
        elif answer["session"]["step"]:
            self.place = f"step {answer['session']['step']}"
        else:
            self.place = "review" if any(one["type"] == "review" for one in shown) else "?"

    def send(self, event: Mapping[str, Any]) -> None:
        """One event, as JSON."""
        self._look(self.api.post(f"sessions/{self.id}/events/", plain_json(dict(event)), 200))

    def stored(self) -> dict[str, Any]:
        """What its session keeps."""
        return kept(FlowSession.objects.get(public_id=self.id))


class PageWalk:
    """Through the pages, with the fields that are on them, as a browser does: with htmx's headers or without."""

    def __init__(self, row: Flow, *, has_script: bool) -> None:
        self.client = Client(headers={"accept-language": "en"})
        self.headers = {"hx-request": "true"} if has_script else {}
        self.flow, self.row = compiled(row.live_version), row
        self.address = f"/f/{row.public_id}/"
        self.html = self.client.get(self.address).content.decode()

    @property
    def place(self) -> str:
        """What the page shows."""
        kind = re.search(r'class="pub-body screen screen-(\w+)"', self.html)
        assert kind, self.html[:500]
        return f"step {self._hidden('step')}" if kind[1] == "step" else kind[1]

    def send(self, event: Mapping[str, Any]) -> None:
        """Fill in and press the button of an event; again where more to answer came up."""
        do = event["type"] if event["type"] in ("back", "confirm") else "submit"
        if do == "back" and 'value="back"' not in self.html:
            return  # where the engine would refuse it there is no button
        answers = event.get("answers") or {}
        if event["type"] == "choice":
            answers = {event["block"]: event["key"]}
        before = self._hidden("seen")
        self._post(do, answers)
        if do == "submit" and "There is something more to answer now" in self.html:
            assert self._hidden("seen") != before
            self._post(do, answers)

    def begin(self) -> None:
        """Press “Begin” where the first page asks nothing."""
        self._post("", {})

    def _post(self, do: str, answers: Mapping[str, Any]) -> None:
        hidden = {name: self._hidden(name) for name in ("first", "step", "visit", "seen")}
        form = {name: value for name, value in hidden.items() if value}
        blocks = {
            block["key"]: block for step in self.flow.steps for block in step.document["blocks"] if is_input(block)
        }
        for key in hidden["seen"].split():
            form |= form_fields(blocks[key], answers.get(key))
        if do:
            form["do"] = do
        answer = self.client.post(self.address, form, headers=self.headers)
        assert answer.status_code in ((200, 422) if self.headers else (200, 303, 422)), answer.status_code
        if answer.status_code == 303:
            self.address = answer.headers["Location"].partition("?")[0]
            answer = self.client.get(answer.headers["Location"])
        self.address = answer.headers.get("HX-Push-Url", self.address)
        self.html = answer.content.decode()
        if self.headers:
            assert self.html.startswith('<main id="screen"')

    def _hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.html)
        return found[1] if found else ""

    def stored(self) -> dict[str, Any]:
        """What its session keeps."""
        secret = self.address.rstrip("/").rpartition("/")[2]
        return kept(FlowSession.objects.with_secret(secret).get())


def place_of(state: State | None) -> str:
    """Where a state is, in the words of the walkers."""
    if state is None:
        return "nowhere"
    if state.status != ACTIVE:
        return str(state.status)
    return "review" if state.review is not None else f"step {state.current}"


def kept(session: FlowSession) -> dict[str, Any]:
    """What must be the same however somebody came: the way, the answers on it, and what it came to."""
    state = read_state(session.state)
    path = [(entry.step, entry.submitted, _without_ids(plain_json(entry.answers))) for entry in state.path]
    return {
        "path": path, "answers": _without_ids(session.answers), "status": session.status, "ending": session.ending,
        "outcome": session.outcome, "score": session.score, "current": session.current,
    }  # fmt: skip


def _without_ids(answers: Mapping[str, Any]) -> dict[str, Any]:
    """A file has another id each time it is sent."""
    return {
        key: [{**one, "id": ""} for one in value] if isinstance(value, list) and value and isinstance(value[0], dict)
        else value
        for key, value in answers.items()
    }  # fmt: skip


def form_fields(block: Mapping[str, Any], raw: Any) -> dict[str, Any]:
    """What a browser sends for a question that was answered with `raw`."""
    field, kind = f"a.{block['key']}", block["type"]
    if raw is None:
        return {}
    if kind == "file_upload":
        return {field: [SimpleUploadedFile(one["name"], PNG, one["type"]) for one in raw]}
    if kind == "ranking":
        return {f"{field}.{key}": str(place + 1) for place, key in enumerate(raw)}
    if isinstance(raw, Mapping) and "key" in raw:
        return {field: raw["key"], f"{field}.other": raw["text"]}
    if isinstance(raw, Mapping):
        return {f"{field}.{name}": value for name, value in raw.items()}
    return {field: {True: "yes", False: "no"}[raw] if isinstance(raw, bool) else raw}


def random_answers(blocks: Sequence[Mapping[str, Any]], chance: Random) -> dict[str, Any]:
    """Answers to questions, some left out and some not to be taken."""
    answers = {}
    for block in blocks:
        if is_input(block) and (chance.random() < 0.9 or block["type"] == "slider"):  # a slider always sends something
            answers[str(block["key"])] = _answer(block, chance)
    return answers


def _answer(block: Mapping[str, Any], chance: Random) -> Any:
    kind = block["type"]
    if kind in RECORDS:
        return RECORDS[kind]
    if kind == "matrix":
        return {row["key"]: chance.choice(block["columns"])["key"] for row in block["rows"]}
    if kind == "file_upload":
        return [{"id": "1", "name": "lake.png", "size": Decimal(len(PNG)), "type": "image/png"}]
    if kind in SCALES or (kind == "number" and chance.random() < 0.9):
        return _number(block, chance)
    if kind in ("yes_no", "consent"):
        return kind == "consent" or chance.random() < 0.5
    return _chosen(block, chance) if choice_list(block) else _typed(kind, chance)


def _chosen(block: Mapping[str, Any], chance: Random) -> Any:
    keys = [one["key"] for one in choice_list(block)]
    if block["type"] == "ranking":
        return chance.sample(keys, len(keys))
    if block["type"] == "multiple_choice":
        return chance.sample(keys, chance.randint(1, len(keys)))
    chosen = chance.choice(choice_list(block))
    return {"key": chosen["key"], "text": "Else"} if chosen.get("other") else chosen["key"]


def _typed(kind: str, chance: Random) -> str:
    is_refused = kind not in TEXTS or (kind in REFUSED and chance.random() < 0.1)
    return REFUSED[kind] if is_refused else chance.choice(TEXTS[kind])


def _number(block: Mapping[str, Any], chance: Random) -> Decimal:
    low, high = SCALES.get(block["type"], (0, 9))
    least, most, step = (Decimal(block.get(name, usual)) for name, usual in (("min", low), ("max", high), ("step", 1)))
    return least + step * chance.randint(0, int((most - least) / step))
