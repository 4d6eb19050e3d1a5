"""Consent in the list of contacts and in exports: a filter by topic and answer, and a column per topic."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Workspace
from consent.models import Purpose, State, Topic
from contacts.exporting.columns import ExportColumn
from contacts.list_filters import NOBODY, Choice, Prepared, always
from contacts.models import Channel
from contacts.text_search import Condition

# An agreement past its time is no agreement, though its row still says so until somebody looks (consent.gate).
_IN_FORCE = "s.state = 'granted' AND (s.expires_at IS NULL OR s.expires_at > now())"
_ANSWERS = {
    "granted": (_IN_FORCE, gettext_lazy("Agreed")),
    "pending": ("s.state = 'pending'", gettext_lazy("Waiting for confirmation")),
    "refused": ("s.state IN ('withdrawn', 'denied')", gettext_lazy("Withdrew or said no")),
    "expired": (
        "(s.state = 'expired' OR s.state = 'granted' AND s.expires_at <= now())",
        gettext_lazy("Ran out"),
    ),
    "none": ("true", gettext_lazy("Never asked")),
}


class ConsentFilter:
    """`?consent=<key of the topic>:<answer>`, about e-mail."""

    name = "consent"
    scope = "consents:read"

    def label(self) -> str:
        """What the menu is called."""
        return _("Consent")

    def choices(self, workspace: Workspace) -> Sequence[Choice]:
        """Every answer to every topic."""
        topics = Topic.objects.in_workspace(workspace).by_name()
        return [
            Choice(f"{topic.key}:{answer}", str(label), topic.name)
            for topic in topics
            for answer, (_test, label) in _ANSWERS.items()
        ]

    def prepare(self, workspace: Workspace, value: str) -> Prepared:
        """Served by the unique index of states for some people, by index consent_state_lookup for everybody."""
        key, _colon, answer = value.rpartition(":")
        if answer not in _ANSWERS:
            return always(NOBODY)
        condition, _label = _ANSWERS[answer]
        stated = (
            "EXISTS (SELECT 1 FROM consent_consentstate s WHERE s.contact_id = c.id AND s.workspace_id = %s"  # noqa: S608
            " AND s.channel = %s AND s.purpose = %s"
            " AND s.topic_id = (SELECT t.id FROM consent_topic t WHERE t.workspace_id = %s AND t.key = %s)"
            f" AND {condition})"
        )
        params = (workspace.pk, str(Channel.EMAIL), str(Purpose.MARKETING), workspace.pk, key)
        return always(Condition(f"NOT {stated}" if answer == "none" else stated, params))


def consent_columns(workspace: Workspace) -> list[ExportColumn]:
    """One column per topic: where the e-mail consent of a person stands, in the words programs use, or nothing."""
    columns = []
    for topic in Topic.objects.in_workspace(workspace).by_name():
        alias = f"topic_{topic.pk}"
        join = (
            f"LEFT JOIN consent_consentstate {alias} ON {alias}.contact_id = c.id AND {alias}.topic_id = {topic.pk}"
            f" AND {alias}.channel = '{Channel.EMAIL}' AND {alias}.purpose = '{Purpose.MARKETING}'"
        )
        columns.append(
            ExportColumn(
                key=f"consent:{topic.key}",
                label=_("Consent: %(topic)s") % {"topic": topic.name},
                group="consent",
                text=(
                    f"CASE WHEN {alias}.state = '{State.GRANTED}' AND {alias}.expires_at <= now()"
                    f" THEN '{State.EXPIRED}' ELSE {alias}.state END"
                ),
                joins=(join,),
                member=("consents", topic.key),
                scope="consents:read",
            )
        )
    return columns
