"""How often, when and where people want to hear from a workspace."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from contacts.models import Channel, Contact


class ContactPreference(models.Model):
    """What one person chose beside topics; somebody without a row chose nothing.

    `paused_until` ends a break; `days_between` is the least time between two campaigns, None for any. Quiet hours
    are in the person's own zone; a window whose end is not behind its beginning passes midnight.
    """

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="+", primary_key=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    paused_until = models.DateTimeField(_("break until"), null=True, blank=True)
    days_between = models.PositiveSmallIntegerField(_("days between messages"), null=True, blank=True)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    preferred_channel = models.CharField(_("preferred channel"), max_length=10, choices=Channel.choices, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="contact_preference_quiet_whole",
            )
        ]

    def __str__(self) -> str:
        return str(self.contact_id)
