"""Where people join, and the double opt-ins on their way."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from consent.models.ledger import ConsentText
from consent.models.sealing import PageVersion
from consent.models.topics import Topic
from consent.querysets import ConfirmationQuerySet, SignupPageQuerySet
from contacts.models import Channel, Contact
from core.clock import now
from core.models import PublicIdModel


class Confirmation(PublicIdModel):
    """A double opt-in on its way: mailed, waiting for the person to press the button."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    page = models.ForeignKey("SignupPage", on_delete=models.SET_NULL, null=True, related_name="+")
    topics = models.JSONField(default=list)
    tracking = models.BooleanField(default=False)
    # What they asked for on the way in (ContactPreference.days_between); None leaves it as it is.
    days_between = models.PositiveSmallIntegerField(null=True, blank=True)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, null=True, related_name="+")
    page_version = models.ForeignKey(
        PageVersion, on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    language = models.CharField(max_length=20, blank=True)
    sent_count = models.PositiveSmallIntegerField(default=0)
    last_sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    objects = ConfirmationQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def has_expired(self) -> bool:
        """True after its last day."""
        return self.expires_at <= now()


class SignupPage(PublicIdModel):
    """A public page at /f/<public_id>/ where people sign up for topics, with double opt-in."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    title = models.CharField(_("title"), max_length=120)
    intro = models.CharField(_("introduction"), max_length=500, blank=True)
    consent_text = models.CharField(_("what people agree to"), max_length=500)
    ask_name = models.BooleanField(_("ask for the first name"), default=True)
    ask_frequency = models.BooleanField(_("ask how often they want messages"), default=False, db_default=False)
    topics = models.ManyToManyField(Topic, related_name="+")
    is_open = models.BooleanField(_("open"), default=True)

    objects = SignupPageQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
