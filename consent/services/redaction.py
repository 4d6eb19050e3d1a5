"""Forgetting, after an erasure, where and with what somebody sat when they agreed."""

from collections.abc import Sequence

from django.db import connection, transaction

# The one change the ledger's trigger lets through. The line's hash holds the evidence only by a salted digest, so
# the chain stays whole, and without the salt nobody can try out addresses against it.
FORGET = """
UPDATE consent_consentrecord
SET ip_address = NULL, user_agent = '', evidence_salt = NULL,
    source_detail = CASE WHEN source = 'manual' THEN '' ELSE source_detail END
WHERE contact_id = ANY(%s)
  AND (ip_address IS NOT NULL OR user_agent <> '' OR evidence_salt IS NOT NULL
       OR (source = 'manual' AND source_detail <> ''))
"""


@transaction.atomic
def redact_evidence(*, contact_ids: Sequence[int]) -> int:
    """Blank network, browser and a teammate's own words in the ledger lines of these (erased) contacts.

    What was agreed to, when and to which words stays, and the chain still proves it. Returns the number of lines
    that knew something; doing it again changes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [list(contact_ids)])
        return int(cursor.rowcount)
