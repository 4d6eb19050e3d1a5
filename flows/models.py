"""Flows, their published versions, the sessions people go through and what they answered (docs/flows.md)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User, Workspace
from accounts.querysets import WorkspaceScopedQuerySet
from contacts.models import Contact
from core.models import PublicIdModel
from flows.querysets import FlowQuerySet, MailedKeyQuerySet, SessionQuerySet, SplitQuerySet, SubmissionQuerySet


class Flow(PublicIdModel):
    """A form, quiz, poll, calculator or contest.

    `draft` is the document that is being worked on, as JSON text ("" for a flow that a program declared), and
    `draft_number` counts how often it was saved, so that two who work on it at once notice. `draft_place` is where
    the draft is among its `DraftStep` rows. `live_version` is what people who begin now get. What segments and
    others see of the flow, its answers with their types and how it can end, comes from that version: `answers` maps
    a key to `{"type", "options"?}`, `outcomes` lists keys. `archived_at`: put away, out of the list.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LIVE = "live", pgettext_lazy("a flow", "Live")
        CLOSED = "closed", pgettext_lazy("a flow", "Closed")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(_("key"), max_length=60)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=20, default="form", db_default="form")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT, db_default=Status.DRAFT)
    draft = models.TextField(blank=True, default="", db_default="")
    draft_number = models.PositiveIntegerField(default=0, db_default=0)
    draft_place = models.PositiveIntegerField(default=0, db_default=0)
    live_version = models.ForeignKey(
        "flows.FlowVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    changed_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    published_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    answers = models.JSONField(default=dict)
    outcomes = models.JSONField(default=list)

    objects = FlowQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="flow_key_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        """Whether people may begin."""
        return self.status == self.Status.LIVE and self.live_version_id is not None


class DraftStep(models.Model):
    """A draft as it was after one change: what undo and redo go through. The last fifty of a flow are kept."""

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="draft_steps", db_index=False)
    place = models.PositiveIntegerField()
    document = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["flow", "place"], name="flow_draft_step_once")]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.place}"


class FlowVersion(PublicIdModel):
    """A published document. It never changes; publishing the same document again leads to the same row.

    `document` is the canonical text, `digest` its SHA-256 (flows.engine.documents). `balance` is what random
    visitors came to when it was published.
    """

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    document = models.TextField()
    balance = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flow", "number"], name="flow_version_number_once"),
            models.UniqueConstraint(fields=["flow", "digest"], name="flow_version_digest_once"),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.number}"


class FlowSession(PublicIdModel):
    """One visitor on their way through one version.

    They know it by a secret of which only the SHA-256 is kept (`secret_digest`). `state` is the engine's state as
    JSON text and the truth; the other columns repeat of it what lists, reports and the clock ask for. `answers` are
    the live answers by now. `contact` is who it turned out to be, `submission` what segments see of it, `notes` name
    what of the answers could not be kept with the person, as `{"field", "problem"}`. `state` is empty once a session
    that nobody came back to has been forgotten.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("On the way")
        COMPLETED = "completed", _("Completed")
        DISQUALIFIED = "disqualified", _("Turned away")
        HANDED_OFF = "handed_off", _("With a person")
        EXPIRED = "expired", _("Expired")
        FAILED = "failed", _("Failed")
        ABANDONED = "abandoned", pgettext_lazy("a visitor", "Left")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.ForeignKey(FlowVersion, on_delete=models.RESTRICT, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    secret_digest = models.BinaryField(max_length=32, unique=True)
    state = models.TextField()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    current = models.CharField(max_length=64, blank=True)
    last_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=64, blank=True)
    score = models.DecimalField(max_digits=21, decimal_places=6, null=True)
    answers = models.JSONField(default=dict)
    locale = models.CharField(max_length=35, blank=True)
    channel = models.CharField(max_length=20, blank=True)
    device = models.CharField(max_length=10, blank=True)
    source = models.CharField(max_length=100, blank=True)
    referrer = models.CharField(max_length=253, blank=True)
    submission = models.ForeignKey(
        "flows.Submission", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    notes = models.JSONField(default=list, db_default=[])

    objects = SessionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["flow", "created_at"], name="flow_session_of_flow"),
            models.Index(fields=["contact"], name="flow_session_of_contact", condition=models.Q(contact__isnull=False)),
            models.Index(fields=["last_at"], name="flow_session_idle", condition=models.Q(status="active")),
            models.Index(
                fields=["last_at"],
                name="flow_session_left",
                condition=models.Q(status="abandoned", contact__isnull=True) & ~models.Q(state=""),
            ),
            # Erasing a submission looks for who names it.
            models.Index(
                fields=["submission"], name="flow_session_submission", condition=models.Q(submission__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.status}"


class StepVisit(models.Model):
    """One time that a session was shown a step: the funnel and the times are counted from these."""

    session = models.ForeignKey(FlowSession, on_delete=models.CASCADE, related_name="visits", db_index=False)
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="+", db_index=False)
    step = models.CharField(max_length=64)
    visit = models.PositiveIntegerField()
    variant = models.CharField(max_length=64, blank=True)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "visit"], name="step_visit_once")]
        indexes = [models.Index(fields=["flow", "entered_at"], name="step_visit_of_flow")]

    def __str__(self) -> str:
        return f"{self.step} {self.visit}"


class Submission(PublicIdModel):
    """What one person answered in one go.

    `at` is when they came to the end, or while `partial` when they last went on. `answers` are typed JSON without
    empty values, `folded` the folded copies of its texts (core.folding), which segments compare.
    """

    class Status(models.TextChoices):
        PARTIAL = "partial", _("Not finished")
        COMPLETED = "completed", _("Completed")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PARTIAL)
    outcome = models.CharField(max_length=60, blank=True)
    score = models.DecimalField(max_digits=21, decimal_places=6, null=True)
    answers = models.JSONField(default=dict)
    folded = models.JSONField(default=dict)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "flow", "at"], include=["contact", "status"], name="submission_flow_at"),
            models.Index(fields=["flow", "contact", "at"], name="submission_flow_contact"),
            models.Index(fields=["contact", "at"], name="submission_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.status}"


class ContactVariables(models.Model):
    """What flows remember of a person from one to the next: the variables of scope `contact`, by key."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="+")
    values = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.contact_id)


class FollowUp(PublicIdModel):
    """Something a session sets off outside: a message to its person, or a call of another system's address.

    The row is the queue. `key` is the effect's own id, so that it happens once. A message waits without `due_at`
    until it is known who it is for.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        WEBHOOK = "webhook", _("Call of an address")

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    session = models.ForeignKey(FlowSession, on_delete=models.CASCADE, related_name="follow_ups", db_index=False)
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    payload = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    detail = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "key"], name="flow_follow_up_once")]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="flow_follow_up_due",
                condition=models.Q(status="waiting", due_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class FlowFile(PublicIdModel):
    """A file that somebody sent with an answer. `path` is where it lies in the storage, under a name of ours.

    Whoever is erased takes their sessions with them; a file without one is removed by the next sweep
    (flows.services.files).
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    session = models.ForeignKey(FlowSession, on_delete=models.SET_NULL, null=True, related_name="files")
    block = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    type = models.CharField(max_length=100)
    path = models.CharField(max_length=200)

    objects = WorkspaceScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class MailedKey(models.Model):
    """What was mailed to an address to open something: a code to type on a page, or a link to go on by.

    Neither can be read back: `digest` is a keyed digest of a code, and the SHA-256 of a link's 128 random bits.
    `address` is a keyed digest too (core.crypto.address_hash), by which mails to one address are counted. A code is
    used once, `tries` counts how often one was typed. The rows go a day after they ran out, and with their session.
    """

    class Kind(models.TextChoices):
        CODE = "code", _("Code")
        LINK = "link", _("Link")

    session = models.ForeignKey(FlowSession, on_delete=models.CASCADE, related_name="mailed_keys", db_index=False)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    block = models.CharField(max_length=64, blank=True)
    address = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    objects = MailedKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="flow_mailed_link_once", condition=models.Q(kind="link"))
        ]
        indexes = [
            models.Index(fields=["session", "-sent_at"], name="flow_mailed_key_of_session"),
            models.Index(fields=["address", "-sent_at"], name="flow_mailed_key_to_address"),
            models.Index(fields=["expires_at"], name="flow_mailed_key_over"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.block}"


class FlowSplit(PublicIdModel):
    """An address that leads each visitor to one of several flows by chance, to see which does better.

    `winner` is where everybody is led once somebody has decided (`ended_at`).
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    ended_at = models.DateTimeField(null=True)
    winner = models.ForeignKey("flows.SplitArm", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    objects = SplitQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class SplitArm(models.Model):
    """One flow of a split: its share of visitors against the others', and how many were led to it."""

    split = models.ForeignKey(FlowSplit, on_delete=models.CASCADE, related_name="arms", db_index=False)
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="+")
    weight = models.PositiveSmallIntegerField()
    visits = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["split", "flow"], name="split_flow_once")]

    def __str__(self) -> str:
        return f"{self.split_id} {self.flow_id}"


class SplitEntry(models.Model):
    """A session that began with a visit of a split's address; each visit (`visit`, 8 random bytes) counts once."""

    arm = models.ForeignKey(SplitArm, on_delete=models.CASCADE, related_name="entries", db_index=False)
    session = models.OneToOneField(FlowSession, on_delete=models.CASCADE, related_name="+")
    visit = models.BinaryField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["arm", "visit"], name="split_visit_once")]

    def __str__(self) -> str:
        return f"{self.arm_id} {self.session_id}"
