"""Emptying the demo workspace before it is made again."""

from typing import Any

from django.apps import apps
from django.db import connection, models

from accounts.models import Workspace
from consent.models import ConsentRecord, ConsentSeal, ConsentText, PageVersion
from contacts.models import Address

# People, roles and keys stay, so that nobody is signed out. The ledger stays because nothing may take from it,
# not even here; its old rows name contacts that are gone.
KEPT_APPS = frozenset({"accounts"})
KEPT_MODELS: frozenset[type[models.Model]] = frozenset({ConsentRecord, ConsentSeal, ConsentText, PageVersion})


def empty_workspace(workspace: Workspace) -> None:
    """Delete all rows of the workspace but the kept ones, one statement a table, in the open transaction.

    Foreign keys are checked at commit, so the order of tables does not matter, except that rows found through
    another table go before it, and so do addresses, whose link to a contact every statement checks (docs/adr/0014).
    """
    every = [model for model in apps.get_models(include_auto_created=True) if _goes(model)]
    every.sort(key=lambda model: model is not Address)
    with connection.cursor() as cursor:
        for model in every:
            for field in () if _has_workspace(model) else _links(model):
                parent = field.related_model
                if isinstance(parent, type) and _goes(parent) and _has_workspace(parent):
                    _delete_through(cursor, model, field, parent, workspace)
        for model in every:
            if _has_workspace(model):
                cursor.execute(f'DELETE FROM "{model._meta.db_table}" WHERE workspace_id = %s', [workspace.pk])  # noqa: S608 - our own table


def _goes(model: type[models.Model]) -> bool:
    return model._meta.managed and model._meta.app_label not in KEPT_APPS and model not in KEPT_MODELS


def _has_workspace(model: type[models.Model]) -> bool:
    return any(field.column == "workspace_id" for field in model._meta.concrete_fields)


def _links(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if field.many_to_one and not field.null]


def _delete_through(cursor: Any, model: type[models.Model], field: Any, parent: Any, workspace: Workspace) -> None:
    cursor.execute(
        f'DELETE FROM "{model._meta.db_table}" WHERE "{field.column}" IN '  # noqa: S608 - our own tables
        f'(SELECT "{parent._meta.pk.column}" FROM "{parent._meta.db_table}" WHERE workspace_id = %s)',
        [workspace.pk],
    )
