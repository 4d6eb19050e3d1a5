"""What segments call the questions of a flow."""

import json

import pytest

from flows.building.segment_words import words_of, words_of_flow
from flows.models import Flow, FlowVersion
from segments.registry import FlowWords

DOCUMENT = {
    "default_locale": "en",
    "outcomes": [{"key": "jetty", "title": {"en": "The Jetty House", "de": "Das Haus am Steg"}}, {"key": "bare"}],
    "endings": [],
    "steps": [
        {
            "key": "one",
            "blocks": [
                {"type": "text", "body": "Hello"},
                {
                    "type": "single_choice",
                    "key": "view",
                    "label": "Where do you wake up, {{answers.name|friend}}?",
                    "choices": [
                        {"key": "lake", "label": "By the lake"},
                        {"key": "wood", "alt": "A forest"},
                        {"key": "own", "other": True},
                    ],
                },
            ],
        },
        {
            "key": "two",
            "blocks": [{"type": "short_text", "key": "why"}],
            "variants": [{"blocks": [{"type": "number", "key": "nights", "label": "How many nights?"}]}],
        },
    ],
}


def test_questions_options_and_outcomes_have_the_words_people_read():
    assert words_of(DOCUMENT) == FlowWords(
        questions={
            "view": "Where do you wake up, friend?",
            "view_other": "Where do you wake up, friend? (in their own words)",
            "nights": "How many nights?",
            "nights_other": "How many nights? (in their own words)",
        },
        options={"view": {"lake": "By the lake", "wood": "A forest", "own": "own"}, "nights": {}},
        outcomes={"jetty": "The Jetty House"},
    )


@pytest.mark.django_db
def test_words_are_those_of_what_is_live_in_the_own_workspace(workspace, other_workspace):
    flow = Flow.objects.create(workspace=workspace, key="quiz", name="Which cabin suits you?")
    assert words_of_flow(workspace.pk, "quiz") == FlowWords()
    flow.live_version = FlowVersion.objects.create(flow=flow, number=1, document=json.dumps(DOCUMENT))
    flow.save()
    assert words_of_flow(workspace.pk, "quiz").outcomes == {"jetty": "The Jetty House"}
    assert words_of_flow(workspace.pk, "other") == FlowWords()
    assert words_of_flow(other_workspace.pk, "quiz") == FlowWords()
