"""What people ask to be done with their data, and new addresses on their way."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from contacts.models.people import Contact
from contacts.querysets.people import AddressChangeQuerySet, RightsRequestQuerySet
from core.clock import now
from core.models import PublicIdModel


class RightsRequest(PublicIdModel):
    """One request of a person about their own data (GDPR Art. 15 to 18), with the day by which it must be done.

    After an erasure `contact` and `note` are empty; `receipt` says what was removed and names nobody.
    """

    class Kind(models.TextChoices):
        ACCESS = "access", _("A copy of their data")
        CORRECTION = "correction", _("A correction")
        RESTRICTION = "restriction", _("A restriction")
        ERASURE = "erasure", _("Erasure")

    class Source(models.TextChoices):
        PREFERENCES = "preferences", _("On their own page")
        HAND = "hand", _("Noted by a teammate")

    class Outcome(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        DECLINED = "declined", _("Declined")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    source = models.CharField(_("came"), max_length=12, choices=Source.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    due_at = models.DateTimeField(_("due"))
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    receipt = models.JSONField(default=dict, blank=True)

    objects = RightsRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "due_at"], condition=models.Q(outcome="open"), name="rights_open"),
            models.Index(fields=["workspace", "-created_at"], name="rights_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def is_open(self) -> bool:
        """Somebody still has to do something."""
        return self.outcome == self.Outcome.OPEN

    @property
    def is_late(self) -> bool:
        """Open after its day."""
        return self.is_open and self.due_at < now()


class AddressChange(PublicIdModel):
    """A new e-mail address a person gave: it replaces the old one once its mailbox has said yes."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    value = models.CharField(max_length=254)
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = AddressChangeQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def has_expired(self) -> bool:
        """True after its last day."""
        return self.expires_at <= now()
