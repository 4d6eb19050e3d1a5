"""Refusals of the campaign services. `code` is stable and for programs, the text is for people."""

from django.utils.translation import gettext


class CampaignError(Exception):
    """A campaign could not be changed; nothing was."""

    code = "campaign"

    @property
    def sentence(self) -> str:
        """What happened, what was kept and what to do."""
        return str(self)


class WrongState(CampaignError):
    """The campaign has moved on, for instance because somebody else pressed send."""

    code = "wrong_state"


class EditConflict(CampaignError):
    """Somebody changed the campaign since this person opened it."""

    code = "edit_conflict"


class NotReady(CampaignError):
    """Something must be mended first; `checks` are the blocking ones, or sentences."""

    code = "not_ready"

    def __init__(self, checks: list[object]) -> None:
        # A sentence of its own has a `title` too, which is a method.
        titles = [check if isinstance(check, str) else str(getattr(check, "title", check)) for check in checks]
        super().__init__(gettext("Nothing was sent. Mend this first: %(titles)s") % {"titles": "; ".join(titles)})
        self.checks = checks


class SkippedHour(CampaignError):
    """A local time that does not exist because clocks go forward over it."""

    code = "skipped_hour"


class NotAllowed(CampaignError):
    """This person may not answer for the campaign."""

    code = "not_allowed"


class ApprovalOutdated(CampaignError):
    """What somebody was asked about is not what would be sent now."""

    code = "approval_outdated"
