"""What keeps campaigns in hand: a workspace's rules for sending, second people's answers, and links looked at."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role, User, Workspace
from accounts.querysets import WorkspaceScopedQuerySet
from campaigns.control_querysets import ApprovalQuerySet, LinkCheckQuerySet
from core.models import PublicIdModel


class CampaignRules(models.Model):
    """A workspace's rules for its campaigns; one without a row has the defaults.

    From `approval_from` people on, a campaign needs the yes of a second person of at least `approver_role`; None:
    never. `undo_seconds` is how long somebody who pressed send can take it back. `price` is for a thousand messages.
    """

    class Approvers(models.TextChoices):
        OWNER = Role.OWNER.value, _("Owners")
        EDITOR = Role.EDITOR.value, _("Owners and editors")

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, primary_key=True, related_name="+")
    approval_from = models.PositiveIntegerField(_("from how many people"), null=True, blank=True)
    approver_role = models.CharField(
        _("who may say yes"), max_length=8, choices=Approvers.choices, default=Approvers.OWNER
    )
    undo_seconds = models.PositiveSmallIntegerField(
        _("time to take it back"), default=10, validators=[MinValueValidator(10), MaxValueValidator(300)]
    )
    price = models.DecimalField(
        _("price of a thousand messages"), max_digits=10, decimal_places=4, null=True, blank=True,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WorkspaceScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.workspace)


class Approval(PublicIdModel):
    """Somebody asked for a second person's yes to a campaign, and what came of it.

    `mark` is a digest of everything that was agreed to (campaigns.approval): whatever changes it withdraws the yes.
    At most one of a campaign is open or holds.
    """

    class Answer(models.TextChoices):
        OPEN = "open", _("Waits for an answer")
        YES = "yes", _("Approved")
        NO = "no", _("Not approved")
        WITHDRAWN = "withdrawn", pgettext_lazy("a yes that was asked for", "Withdrawn")

    campaign = models.ForeignKey("campaigns.Campaign", on_delete=models.CASCADE, related_name="approvals")
    mark = models.CharField(max_length=64)
    people = models.PositiveIntegerField(default=0)
    is_at_once = models.BooleanField(default=False)
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    answer = models.CharField(max_length=9, choices=Answer.choices, default=Answer.OPEN)
    answered_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    comment = models.CharField(_("comment"), max_length=500, blank=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"], condition=models.Q(answer__in=["open", "yes"]), name="approval_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.answer}"


class LinkCheck(models.Model):
    """What came back when a link of a workspace's messages was last visited; `code` is 0 without an answer."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)
    url = models.CharField(max_length=2000)
    code = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    objects = LinkCheckQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "digest"], name="link_check_once")]

    def __str__(self) -> str:
        return self.url
