"""The project's settings with the migration linter added, which only `make check` needs."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, LOCAL_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
# Older than the first release, when there was no data that they could lock or break.
BEFORE_THE_FIRST_RELEASE = ["0002_initial", "0002_import_rows", "0003_edits_and_starts"]
MIGRATION_LINTER_OPTIONS = {
    "no_cache": True,
    "include_apps": [*LOCAL_APPS, "catcher"],
    "ignore_name": BEFORE_THE_FIRST_RELEASE,
}
