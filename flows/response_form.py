"""Which responses to show."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from flows.models import Flow, FlowSession
from flows.results.questions import CHOICES, NUMBERS, SCALES, Question
from flows.results.responses import Wanted

_EXACT = CHOICES | NUMBERS | SCALES.keys() | {"ranking"}


class ResponseFilterForm(forms.Form):
    """Filters of the list of responses; what cannot be read leaves nothing out."""

    status = forms.ChoiceField(label=_("How it ended"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    question = forms.ChoiceField(label=_("Question"), required=False)
    answer = forms.CharField(label=_("Answer"), required=False, max_length=200)
    contact = forms.CharField(label=_("Person"), required=False, max_length=200)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any, *, flow: Flow, questions: list[Question]) -> None:
        super().__init__(data)
        self._questions = {one.key: one for one in questions}
        choices: dict[str, list[tuple[str, Any]]] = {
            "status": list(FlowSession.Status.choices),
            "outcome": [(key, key) for key in flow.outcomes],
            "question": [(one.key, one.label[:80]) for one in questions],
        }
        for name, some in choices.items():
            self.fields[name].choices = [("", _("All")), *some]  # type: ignore[attr-defined]

    def wanted(self) -> Wanted:
        """What was asked for. The words of a choice stand for its value."""
        self.is_valid()
        given = {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}
        question = self._questions.get(given.get("question", ""))
        if question is not None and "answer" in given:
            by_words = {words.casefold(): value for value, words in question.options}
            given["answer"] = by_words.get(given["answer"].casefold(), given["answer"])
            given["is_exact"] = question.kind in _EXACT
        return Wanted(**given)
