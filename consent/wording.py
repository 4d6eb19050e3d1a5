"""The words people agree to, as one text: what is shown is built from the same parts, and this is kept as proof."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent.models import SignupPage, Topic

WEEKLY, FOUR_WEEKS = 7, 28


def tracking_sentence(workspace: Any) -> str:
    """What ticking the box about opens and clicks means."""
    return _("%(sender)s may count whether I open messages and what I click, to learn what is useful to me.") % {
        "sender": workspace.name
    }


def signup_text(page: SignupPage, topics: Iterable[Topic]) -> str:
    """Everything a sign-up page says about agreeing, in the active language, with a box per topic."""
    boxes = [*map(topic_line, topics), tracking_sentence(page.workspace), leaving_sentence()]
    return "\n".join([page.title, page.intro, page.consent_text, *boxes]).strip()


def profiling_sentence(workspace: Any) -> str:
    """What the switch about suggestions means."""
    return _("%(sender)s may learn from what I do what could interest me, and choose for me what to write about.") % {
        "sender": workspace.name
    }


def preferences_text(
    workspace: Any, topics: Iterable[Topic], *, profiling: bool = False, others: Iterable[str] = ()
) -> str:
    """Everything a preference page says about agreeing, in the active language."""
    lines = [*map(topic_line, topics), *others, tracking_sentence(workspace)]
    return "\n".join([*lines, profiling_sentence(workspace)] if profiling else lines)


def renewal_sentence(workspace: Any) -> str:
    """What pressing the button on the page that asks again means."""
    return _(
        "%(sender)s may go on writing to me by e-mail about this. I can end it with one click in every message."
    ) % {"sender": workspace.name}


def renewal_text(workspace: Any, topics: Iterable[Topic]) -> str:
    """Everything that page says about agreeing, in the active language."""
    return "\n".join([*(topic_line(topic).replace("☐", "✓") for topic in topics), renewal_sentence(workspace)])


def topic_line(topic: Topic) -> str:
    """A topic as it stands beside its box."""
    return f"☐ {topic.name}. {topic.description}" if topic.description else f"☐ {topic.name}"


def other_line(name: str, channel: str) -> str:
    """A topic on another channel than e-mail, as it stands beside its switch."""
    return f"☐ {name} ({channel})"


def frequency_choices(present: int | None = None) -> list[tuple[str, str]]:
    """How often at most, as days and words: what people choose from, with what they have now (`present`)."""
    choices = [
        ("", _("As it comes")),
        (str(WEEKLY), _("One message a week")),
        (str(FOUR_WEEKS), _("One message in four weeks")),
    ]
    if present and str(present) not in dict(choices):
        words = ngettext("One message a day", "One message in %(days)d days", present) % {"days": present}
        choices.append((str(present), words))
    return choices


def leaving_sentence() -> str:
    """The promise that goes with asking."""
    return _("You can change your mind at any time, with one click in every message.")
