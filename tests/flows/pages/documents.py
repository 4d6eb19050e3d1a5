"""Flows to try the pages with: a quiz, and one that has every kind of block."""

from typing import Any

QUIZ: dict[str, Any] = {
    "schema_version": "1.0",
    "kind": "quiz",
    "name": "Which cabin are you?",
    "default_locale": "en",
    "locales": ["en", "ar"],
    "outcomes": [
        {"key": "lake", "title": "You are a Totara", "body": "First in the lake.", "max_score": 1},
        {"key": "hills", "title": "You are a Rata", "min_score": 2},
    ],
    "outcome_mode": "score_range",
    "steps": [
        {
            "key": "where",
            "blocks": [
                {
                    "type": "single_choice",
                    "key": "view",
                    "label": {"en": "Where would you like to wake up?", "ar": "أين تود أن تستيقظ؟"},
                    "required": True,
                    "choices": [
                        {"key": "lake", "label": "By a lake", "score": 1, "explanation": "Then mornings matter."},
                        {"key": "alps", "label": "In the mountains", "score": 2},
                        {"key": "else", "label": "Somewhere else", "score": 0, "other": True},
                    ],
                }
            ],
        },
        {
            "key": "who",
            "blocks": [
                {"type": "short_text", "key": "name", "label": "What is your name?", "required": True},
                {"type": "number", "key": "nights", "label": "How many nights?", "min": 1, "max": 30},
            ],
        },
    ],
    "endings": [
        {"key": "done", "type": "screen", "title": "Thank you, {{answers.name|friend}}", "blocks": [{"type": "share"}]}
    ],
}

_CHOICES = [{"key": "a", "label": "First"}, {"key": "b", "label": "Second"}, {"key": "c", "label": "Third"}]
_DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="

EVERYTHING: dict[str, Any] = {
    "schema_version": "1.0",
    "kind": "form",
    "name": "Everything there is",
    "default_locale": "en",
    "settings": {"mode": "all_on_page", "timezone": "UTC"},
    "calculations": [
        {"key": "price", "expr": "answers.number * 10", "public": True, "format": {"style": "money", "currency": "EUR"}}
    ],
    "steps": [
        {
            "key": "all",
            "title": "All of it",
            "blocks": [
                {"type": "text", "id": "hello", "body": "Some words.\n\nAnd more of them."},
                {"type": "image", "id": "picture", "src": "/static/demo/lake.jpg", "alt": "A lake"},
                {"type": "divider", "id": "line"},
                {"type": "short_text", "key": "short", "label": "A few words", "help": "Not many."},
                {"type": "long_text", "key": "long", "label": "Many words"},
                {"type": "email", "key": "email", "label": "E-mail"},
                {"type": "phone", "key": "phone", "label": "Phone"},
                {"type": "number", "key": "number", "label": "A number"},
                {"type": "url", "key": "url", "label": "A page"},
                {"type": "date", "key": "date", "label": "A day"},
                {"type": "time", "key": "time", "label": "A time"},
                {"type": "date_range", "key": "range", "label": "From when to when"},
                {"type": "single_choice", "key": "one", "label": "One of these", "choices": _CHOICES},
                {"type": "multiple_choice", "key": "many", "label": "Some of these", "choices": _CHOICES},
                {"type": "dropdown", "key": "drop", "label": "From a list", "choices": _CHOICES},
                {
                    "type": "picture_choice",
                    "key": "pictures",
                    "label": "Which picture",
                    "choices": [{**one, "image": "/static/demo/alps.jpg", "alt": "Hills"} for one in _CHOICES],
                },
                {"type": "yes_no", "key": "yes", "label": "Yes or no"},
                {"type": "rating", "key": "stars", "label": "How many stars"},
                {"type": "opinion_scale", "key": "opinion", "label": "How much"},
                {"type": "nps", "key": "nps", "label": "Would you recommend us"},
                {"type": "slider", "key": "slide", "label": "How far"},
                {"type": "ranking", "key": "rank", "label": "In which order", "choices": _CHOICES},
                {
                    "type": "matrix",
                    "key": "matrix",
                    "label": "How was it",
                    "rows": [{"key": "food", "label": "Food"}, {"key": "room", "label": "Room"}],
                    "columns": [{"key": "good", "label": "Good"}, {"key": "bad", "label": "Bad"}],
                },
                {
                    "type": "hotspot",
                    "key": "spot",
                    "label": "Where on the map",
                    "src": "/static/demo/beach.jpg",
                    "alt": "A beach",
                    "regions": [
                        {"key": "left", "label": "The left half", "x": 0, "y": 0, "width": 50, "height": 100},
                        {"key": "right", "label": "The right half", "x": 50, "y": 0, "width": 50, "height": 100},
                    ],
                },
                {"type": "full_name", "key": "name", "label": "Your name"},
                {"type": "address", "key": "address", "label": "Your address"},
                {"type": "country", "key": "country", "label": "Your country"},
                {"type": "file_upload", "key": "file", "label": "A file", "accept": ["image/*", ".pdf"]},
                {"type": "signature", "key": "sign", "label": "Sign here"},
                {
                    "type": "consent",
                    "key": "rules",
                    "label": "I agree to the rules",
                    "purpose": "contest_rules",
                    "legal_version": "1",
                },
                {"type": "calculation", "id": "total", "label": "Comes to", "expr": "calculations.price"},
                {
                    "type": "chart",
                    "id": "chart",
                    "label": "How many",
                    "points": [{"label": "Here", "value": 3}, {"label": "There", "value": 7}],
                },
                {"type": "poll_results", "id": "poll", "label": "What others say", "of": "one", "show": "always"},
                {"type": "countdown", "id": "clock", "label": "Time left", "default": "2036-01-01T00:00:00Z"},
            ],
        }
    ],
    "endings": [{"key": "done", "type": "screen", "title": "Thank you", "blocks": [{"type": "share"}]}],
}
