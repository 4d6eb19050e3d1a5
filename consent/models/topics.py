"""What people can choose to hear about."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from consent.querysets import TopicQuerySet
from core.models import PublicIdModel


class Topic(PublicIdModel):
    """A subject people can choose to hear about."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(_("key"), max_length=60)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=300, blank=True)
    public = models.BooleanField(_("shown in the preference centre"), default=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="topic_key_once")]

    def __str__(self) -> str:
        return self.name
