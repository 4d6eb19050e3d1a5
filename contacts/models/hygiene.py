"""What is known of whole groups of addresses: mail domains, mistyped ones, number checks, and the figures."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from contacts.models.addresses import Address
from contacts.querysets.people import HygieneQuerySet, LookUpQuerySet, MailDomainQuerySet, MistypedDomainQuerySet
from core.models import PublicIdModel


class MailDomain(models.Model):
    """What DNS says of a domain's mail, for every workspace alike: it names nobody.

    `keeper` is who keeps its mailboxes where the domain's name does not tell (contacts.validity.keepers): "" for
    nobody known, null while nobody has looked.
    """

    class Answer(models.TextChoices):
        UNKNOWN = "unknown", _("Not known yet")
        MAIL = "mail", _("Takes mail")
        NO_MAIL = "no_mail", _("Says that it takes no mail")
        MISSING = "missing", _("Does not exist")
        NO_SERVER = "no_server", _("Has no server at all")

    domain = models.CharField(max_length=253, primary_key=True)
    answer = models.CharField(max_length=10, choices=Answer.choices, default=Answer.UNKNOWN)
    # When a bad answer was first given without a good one since; believed only when it is given again days later.
    bad_since = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField()
    keeper = models.CharField(max_length=16, null=True)  # noqa: DJ001 - "" is an answer

    objects = MailDomainQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_check_at"], name="mail_domain_due"),
            # A launch asks it about everybody's domain; the few whose keeper is known are all that is in it.
            models.Index(
                fields=["domain"], include=["keeper"], condition=models.Q(keeper__gt=""), name="mail_domain_kept"
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class MistypedDomain(models.Model):
    """A domain of a workspace's addresses that is probably another one, mistyped.

    `is_right`: somebody looked and said that it is spelt as it should be.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    domain = models.CharField(max_length=253)
    suggestion = models.CharField(max_length=253)
    is_right = models.BooleanField(default=False)

    objects = MistypedDomainQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "domain"], name="mistyped_domain_once")]

    def __str__(self) -> str:
        return self.domain


class HygieneRefresh(models.Model):
    """When a workspace's figures were asked for and counted last; the row is the queue."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="+", primary_key=True)
    requested_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = HygieneQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.workspace_id)


class HygieneReport(models.Model):
    """The figures of one day, the last count of that day; the newest is what the page shows.

    `figures` maps the key of a group (contacts.hygiene) to a number of people, null when it could not be counted.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    as_of = models.DateTimeField()
    people = models.BigIntegerField()
    figures = models.JSONField(default=dict)

    objects = HygieneQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "day"], name="hygiene_report_once")]

    def __str__(self) -> str:
        return str(self.day)


class LookUpRun(PublicIdModel):
    """Asking a provider about a group of addresses: how far it is, and what came of it.

    `last_id` is the address asked last; it moves in the transaction that keeps the answers.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    provider = models.CharField(max_length=40)
    group = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    limit = models.IntegerField()
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    last_id = models.BigIntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    is_stopping = models.BooleanField(default=False)
    next_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = LookUpQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["lease_until"], condition=models.Q(status__in=["queued", "running"]), name="look_up_run_open"
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class LookUp(models.Model):
    """What a provider answered about an address."""

    class Answer(models.TextChoices):
        LIVE = "live", _("In use")
        ABSENT = "absent", _("Not in use")
        UNREACHABLE = "unreachable", _("Switched off or out of reach")
        UNKNOWN = "unknown", _("No answer")

    address = models.ForeignKey(
        Address, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    run = models.ForeignKey(LookUpRun, on_delete=models.CASCADE, null=True, related_name="+")
    provider = models.CharField(max_length=40)
    answer = models.CharField(max_length=12, choices=Answer.choices)
    network = models.CharField(max_length=80, blank=True)
    ported_to = models.CharField(max_length=80, blank=True)
    raw = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()

    objects = LookUpQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["address", "asked_at"], name="look_up_of_address")]

    def __str__(self) -> str:
        return f"{self.address_id} {self.answer}"
