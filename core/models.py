"""Abstract models. `core` has no tables of its own but the worker heartbeat."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import uuid7


class PublicIdModel(models.Model):
    """A row that the outside knows by `public_id`; `id` never leaves the application."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True


class Heartbeat(models.Model):
    """When each kind of background process was last seen working; written by the tick itself."""

    name = models.CharField(max_length=40, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
