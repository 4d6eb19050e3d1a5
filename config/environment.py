"""Reading settings from the environment, with one plain sentence when something is missing or wrong."""

import os
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

DEVELOPMENT = "development"


def is_production() -> bool:
    """True unless RAPPORT_ENV says development or test."""
    return os.environ.get("RAPPORT_ENV", "production") == "production"


def required(name: str, why: str, *, development: str = "") -> str:
    """The value of `name`; in production its absence stops the start with one sentence (ImproperlyConfigured)."""
    value = os.environ.get(name, "")
    if value:
        return value
    if is_production():
        raise ImproperlyConfigured(f"Set {name}: {why}")
    return development


def boolean(name: str, default: bool) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off, else ImproperlyConfigured."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not “{value}”.")


def integer(name: str, default: int) -> int:
    """The whole number in `name`, else ImproperlyConfigured."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not “{value}”.") from None


def listing(name: str) -> list[str]:
    """Comma-separated words."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def mailbox(name: str) -> str:
    """A mail address whose local part has room for `+` and a token (RFC 5321 §4.5.3.1.1: 64 octets), or "".

    Raises ImproperlyConfigured for anything else.
    """
    value = os.environ.get(name, "").strip().lower()
    if value and not re.fullmatch(r"[a-z0-9._-]{1,20}@[a-z0-9-]+(\.[a-z0-9-]+)+", value):
        raise ImproperlyConfigured(f"{name} must be a mail address with at most 20 letters before the @.")
    return value


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry of a PostgreSQL URL; `?host=/dir` names a unix socket directory.

    Raises ImproperlyConfigured for any other database: there is no second dialect.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://. Rapport runs on PostgreSQL only.")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    entry: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": integer("DATABASE_CONNECTION_SECONDS", 60),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }
    return entry


def storage(url: str) -> dict[str, Any]:
    """Django's default STORAGES entry of `s3://key:secret@host/bucket`, `s3://bucket`, or a folder when empty.

    `?tls=no` asks a server of one's own network without TLS. Raises ImproperlyConfigured for anything else.
    """
    if not url:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    parts = urlsplit(url)
    if parts.scheme != "s3":
        raise ImproperlyConfigured("STORAGE_URL must begin with s3://. Leave it out to keep files in DATA_DIR.")
    bucket = parts.path.strip("/")
    options: dict[str, Any] = {"bucket_name": bucket or parts.hostname, "querystring_auth": False}
    if bucket:
        scheme = "http" if parse_qs(parts.query).get("tls") == ["no"] else "https"
        options["endpoint_url"] = f"{scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    if parts.username:
        options["access_key"] = unquote(parts.username)
        options["secret_key"] = unquote(parts.password or "")
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
