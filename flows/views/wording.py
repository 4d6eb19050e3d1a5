"""Words for the kinds of flows."""

from django.utils.translation import gettext_lazy

KINDS = {
    "form": gettext_lazy("Form"),
    "quiz": gettext_lazy("Quiz"),
    "poll": gettext_lazy("Poll"),
    "contest": gettext_lazy("Contest"),
    "calculator": gettext_lazy("Calculator"),
    "interactive_video": gettext_lazy("Video"),
    "infographic": gettext_lazy("Picture with questions"),
    "chatbot": gettext_lazy("Chat"),
}
