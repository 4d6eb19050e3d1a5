"""Where an agreement was made and why it counts, said to the person whose it is."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.evidence import Source
from consent.models import Basis

SOURCES: dict[str, Promise | str] = {
    Source.SIGNUP: _("You signed up on a page of ours"),
    Source.FLOW: _("You filled in a form of ours"),
    Source.PREFERENCES: _("On your own page"),
    Source.UNDO: _("You took your unsubscribing back"),
    Source.RENEWAL: _("On the page that asked you again"),
    Source.MANUAL: _("You told us, and we wrote it down"),
    Source.MERGE: _("You were known to us twice, and both became one"),
    Source.UNMERGE: _("You were known to us twice, and we told both apart again"),
    Source.IMPORT: _("It came with a list of ours"),
    Source.API: _("Through a program of ours"),
}
BASES: dict[str, Promise | str] = {
    Basis.EXPRESS: _("You agreed"),
    Basis.IMPLIED_PURCHASE: _("You bought something from us"),
    Basis.IMPLIED_INQUIRY: _("You asked us something"),
    Basis.SOFT_OPT_IN: _("You are a customer and could say no"),
    Basis.CONTRACT: _("We have a contract"),
    Basis.LEGITIMATE_INTEREST: _("We have a legitimate interest"),
}
