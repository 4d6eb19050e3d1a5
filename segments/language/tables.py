"""Where the facts lie. Names of tables are data here.

Message facts belong to `delivery`, a layer above this one; their tables are named, never imported.
"""

from typing import Final

CONTACTS: Final = "contacts_contact"
ADDRESSES: Final = "contacts_address"
CONSENTS: Final = "consent_consentstate"
TOPICS: Final = "consent_topic"
EVENTS: Final = "events_event"
MESSAGES: Final = "delivery_message"
DISPATCHES: Final = "delivery_dispatch"
FACTS: Final = "delivery_messagefact"
CAMPAIGN_SOURCE: Final = "campaign"
SENT_STATUS: Final = "sent"
