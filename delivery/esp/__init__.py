"""Sending through a provider's HTTP API, by django-anymail, behind the same interface as SMTP.

Not among channels.transports, which know no Django: anymail is built on Django's mail classes (docs/adr/0022).
"""

import warnings

from anymail.exceptions import AnymailNotSupportedWarning

# anymail says so of SendGrid with every connection: nobody there has an account to try it with. Our tests speak the
# provider's published format.
warnings.filterwarnings("ignore", category=AnymailNotSupportedWarning)
