"""Where the facts lie. Names of tables are data here.

Messages belong to `delivery` and submissions to `flows`, layers above this one; tables are named, never imported.
"""

from typing import Final

CONTACTS: Final = "contacts_contact"
# The same people with the columns that rules compare, and no others: read through in half the time.
PROFILES: Final = "segments_profile"
ADDRESSES: Final = "contacts_address"
CONSENTS: Final = "consent_consentstate"
TOPICS: Final = "consent_topic"
EVENTS: Final = "events_event"
SUMMARIES: Final = "events_eventsummary"
MESSAGES: Final = "delivery_message"
DISPATCHES: Final = "delivery_dispatch"
FACTS: Final = "delivery_messagefact"
SUBMISSIONS: Final = "flows_submission"
LIST_MEMBERS: Final = "segments_listmember"
CAMPAIGN_SOURCE: Final = "campaign"
SENT_STATUS: Final = "sent"
