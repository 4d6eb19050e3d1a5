"""Abstract models. `core` has no tables of its own but the worker heartbeat."""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.ids import uuid7


class WrittenAt(models.DateTimeField):
    """When a row was first written, by the clock that everybody goes by (core.clock).

    Django's own would ask this machine's: where the two differ by a day, what is done once a day is done on every
    tick. For migrations the two are the same field.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_now_add": True})

    def pre_save(self, model_instance: models.Model, add: bool) -> dt.datetime | None:
        """The moment of writing for a new row, what it has for an old one."""
        if add:
            setattr(model_instance, self.attname, now())
        value: dt.datetime | None = getattr(model_instance, self.attname)
        return value

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """As a plain field, which is all that the database sees of it."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", list(args), kwargs


class PublicIdModel(models.Model):
    """A row that the outside knows by `public_id`; `id` never leaves the application."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    created_at = WrittenAt(_("created"))

    class Meta:
        abstract = True


class Heartbeat(models.Model):
    """When each kind of background process was last seen working; written by the tick itself."""

    name = models.CharField(max_length=40, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
