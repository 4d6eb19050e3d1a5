"""The words of a flow for those who ask about its answers elsewhere: what people read instead of keys."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from flows.building.sentences import plain
from flows.checking.places import input_blocks
from flows.engine.flow import OTHER
from flows.engine.intake import choice_list
from flows.models import Flow
from segments.registry import FlowWords


def words_of_flow(workspace_id: int, key: str) -> FlowWords:
    """Return the words of what is live of a flow, in its main language; none for a flow without pages."""
    rows = Flow.objects.filter(workspace_id=workspace_id, key=key)
    document = rows.values_list("live_version__document", flat=True).first()
    return words_of(json.loads(document)) if document else FlowWords()


def words_of(document: Mapping[str, Any]) -> FlowWords:
    """Return the words of a document; of a question asked in several variants the first counts."""
    questions: dict[str, str] = {}
    options: dict[str, dict[str, str]] = {}
    for place in input_blocks(document):
        block = place.value
        name = str(block["key"])
        title = plain(document, block.get("label"))
        if name in questions or not title:
            continue
        questions[name] = title
        questions[f"{name}{OTHER}"] = _("%(question)s (in their own words)") % {"question": title}
        options[name] = {str(one["key"]): _called(document, one) for one in choice_list(block)}
    outcomes = {str(one["key"]): plain(document, one.get("title")) for one in document.get("outcomes") or ()}
    return FlowWords(questions, options, {one: title for one, title in outcomes.items() if title})


def _called(document: Mapping[str, Any], choice: Mapping[str, Any]) -> str:
    """A picture may have no words but those for who does not see it."""
    return plain(document, choice.get("label")) or plain(document, choice.get("alt")) or str(choice["key"])
