"""What can be won: codes to give away, tries at an instant win, and the seats of a draw."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User, Workspace
from contacts.models import Contact
from contests.models.contest import Contest
from contests.models.entries import Entry
from contests.querysets import CodePoolQuerySet, WinnerQuerySet
from core.crypto import EncryptedTextField
from core.models import PublicIdModel
from flows.models import FlowSession


class CodePool(PublicIdModel):
    """Codes of one kind, each given away once. Flows name the pool by its key."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(_("key"), max_length=60)

    objects = CodePoolQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="code_pool_key_once")]

    def __str__(self) -> str:
        return self.key


class Code(models.Model):
    """One code, encrypted at rest, since it is worth something; `digest` keeps it from being in the pool twice."""

    pool = models.ForeignKey(CodePool, on_delete=models.CASCADE, related_name="codes", db_index=False)
    text = EncryptedTextField()
    digest = models.BinaryField(max_length=16)
    given_at = models.DateTimeField(null=True)
    session = models.ForeignKey(FlowSession, on_delete=models.SET_NULL, null=True, related_name="+")
    entry = models.ForeignKey(Entry, on_delete=models.SET_NULL, null=True, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "digest"], name="code_once_in_pool")]
        indexes = [models.Index(fields=["pool", "id"], name="code_to_give", condition=models.Q(given_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.pk}"


class Attempt(models.Model):
    """A try at an instant win. `second` never falls; `prize` and `moment` say what it won."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField()
    second = models.BigIntegerField()
    prize = models.CharField(max_length=64, blank=True)
    moment = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contest", "seq"], name="contest_attempt_seq_once")]

    def __str__(self) -> str:
        return f"{self.seq} {self.prize}"


class Winner(PublicIdModel):
    """Somebody who was drawn: a winner with a prize, or an alternate without.

    `seat` numbers the prizes in order of drawing; who takes a seat that fell vacant has the same seat. `message` is
    what they said when they claimed, such as where to send the prize.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Alternate")
        DRAWN = "drawn", pgettext_lazy("a winner", "Drawn")
        NOTIFIED = "notified", _("Told, has not answered")
        CLAIMED = "claimed", _("Claimed")
        DECLINED = "declined", _("Declined")
        EXPIRED = "expired", _("Did not answer in time")
        DISPROVED = "disproved", _("Not eligible")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="winners", db_index=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveIntegerField()
    seat = models.PositiveIntegerField(null=True)
    prize = models.CharField(max_length=64, blank=True)
    score = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAWN)
    notified_at = models.DateTimeField(null=True)
    claim_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    message = models.TextField(blank=True)

    objects = WinnerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contest", "place"], name="contest_winner_place_once")]
        indexes = [
            models.Index(fields=["claim_until"], name="contest_claim_due", condition=models.Q(state="notified")),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.prize} {self.state}"
