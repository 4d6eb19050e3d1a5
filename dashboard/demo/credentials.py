"""How to get into the demo: kept beside the data in a file only its owner can read."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

WORDS = (
    "kea",
    "rimu",
    "lake",
    "tui",
    "fern",
    "wave",
    "cabin",
    "trail",
    "stone",
    "wind",
    "river",
    "hill",
    "kauri",
    "boat",
)


@dataclass(frozen=True)
class Credentials:
    """The owner's sign-in and an API key of the demo workspace."""

    email: str
    password: str
    api_key: str


def credentials_file() -> Path:
    """Where they are kept."""
    return Path(settings.DATA_DIR) / "demo.json"


def read_credentials() -> Credentials | None:
    """What is kept, or None when the file is missing or damaged."""
    try:
        return Credentials(**json.loads(credentials_file().read_text()))
    except (OSError, ValueError, TypeError):
        return None


def store_credentials(credentials: Credentials) -> None:
    """Replace the file in one step."""
    path = credentials_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(credentials), file, indent=1)
    temporary.replace(path)


def new_password() -> str:
    """Three words and four digits: easy to type, 28 bits, for a server that listens on this machine only."""
    return "-".join(secrets.choice(WORDS) for _word in range(3)) + f"-{secrets.randbelow(9000) + 1000}"
