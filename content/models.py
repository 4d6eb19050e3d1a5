"""Templates that people edit and the immutable versions that are sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from content.querysets import ContentVersionQuerySet, TemplateQuerySet
from core.models import PublicIdModel


class Template(PublicIdModel):
    """A message as its author edits it. `lock_version` grows with each save: two tabs cannot overwrite each other."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    preheader = models.CharField(_("preview text"), max_length=300, blank=True)
    mjml = models.TextField(_("message"), blank=True)
    text = models.TextField(_("text version"), blank=True)
    language = models.CharField(_("language"), max_length=20, blank=True, default="")
    lock_version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-updated_at"], name="template_latest")]

    def __str__(self) -> str:
        return self.name


class ContentVersion(PublicIdModel):
    """Compiled content, pinned for sending: Liquid in `subject`, `html` and `text`, links by number. Never changed.

    `sha256` is over everything that was compiled, so the same content is stored once in a workspace.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    template = models.ForeignKey(Template, on_delete=models.SET_NULL, null=True, related_name="+")
    sha256 = models.BinaryField(max_length=32)
    subject = models.CharField(max_length=300)
    preheader = models.CharField(max_length=300, blank=True)
    html = models.TextField()
    text = models.TextField()
    links = models.JSONField(default=list)
    language = models.CharField(max_length=20, blank=True, default="")

    objects = ContentVersionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "sha256"], name="content_version_once")]

    def __str__(self) -> str:
        return self.subject
