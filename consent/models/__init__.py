"""Topics, what people agreed to, the proof of it, and who must never be written to."""

from consent.models.access import AccessCode, LinkRequest
from consent.models.ledger import Basis, ConsentRecord, ConsentSettings, ConsentState, ConsentText, Purpose, State
from consent.models.preferences import ContactPreference
from consent.models.sealing import ConsentSeal, LedgerCheck, PageVersion
from consent.models.signup import Confirmation, SignupPage
from consent.models.suppressions import GlobalSuppression, GlobalSuppressionChange, Suppression, SuppressionList
from consent.models.topics import Topic

__all__ = [
    "AccessCode",
    "Basis",
    "Confirmation",
    "ConsentRecord",
    "ConsentSeal",
    "ConsentSettings",
    "ConsentState",
    "ConsentText",
    "ContactPreference",
    "GlobalSuppression",
    "GlobalSuppressionChange",
    "LedgerCheck",
    "LinkRequest",
    "PageVersion",
    "Purpose",
    "SignupPage",
    "State",
    "Suppression",
    "SuppressionList",
    "Topic",
]
