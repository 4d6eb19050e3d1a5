"""Domains that lend mailboxes for minutes: a maintained public list, and the operator's own file."""

import functools
import logging
from pathlib import Path

from django.conf import settings

from contacts.validity.typos import COMMON, REAL

logger = logging.getLogger(__name__)


def is_disposable(domain: str) -> bool:
    """Whether a domain, as DNS spells it, or one it lies under is on the lists."""
    listed = disposable_domains()
    while "." in domain:
        if domain in listed:
            return True
        domain = domain.partition(".")[2]
    return False


@functools.cache
def disposable_domains() -> frozenset[str]:
    """Every listed domain. Read once per process, when first asked: it takes some milliseconds."""
    from disposable_email_domains import blocklist

    # Whoever lists a provider of millions by mistake must not cost a workspace its readers.
    return (frozenset(blocklist) | _own_list(settings.DISPOSABLE_DOMAINS_FILE)) - frozenset(COMMON) - REAL


def _own_list(path: str) -> frozenset[str]:
    """The operator's file: a domain a line, # for comments. A file that cannot be read is logged, and adds nothing."""
    if not path:
        return frozenset()
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        logger.warning("disposable_file_unreadable path=%s error=%s", path, type(error).__name__)
        return frozenset()
    words = (line.partition("#")[0].strip().lower().removeprefix("@") for line in lines)
    return frozenset(word for word in words if "." in word)
