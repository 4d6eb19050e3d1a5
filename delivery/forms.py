"""Forms of delivery."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from channels.models import Sender
from contacts.models import Contact
from content.models import Template


class TestSendForm(forms.Form):
    """A copy of a template to an address, written as a chosen contact would get it."""

    template_id = forms.UUIDField()
    address = forms.EmailField(label=_("Send the test to"), max_length=254)
    contact_id = forms.UUIDField(required=False)
    sender_id = forms.UUIDField(required=False)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    def clean_template_id(self) -> Template:
        """The template, of this workspace."""
        return self._find(Template, "template_id", _("This template is gone. Reload the page."))

    def clean_contact_id(self) -> Contact | None:
        """The contact, of this workspace."""
        if not self.cleaned_data["contact_id"]:
            return None
        return self._find(Contact, "contact_id", _("This contact is gone. Choose somebody else."))

    def clean_sender_id(self) -> Sender:
        """The chosen sender, else the first verified one."""
        senders = Sender.objects.in_workspace(self.workspace).verified()
        chosen = self.cleaned_data["sender_id"]
        sender = senders.filter(public_id=chosen).first() if chosen else senders.first()
        if sender is None:
            raise forms.ValidationError(_("Add and verify a sender first; a test is sent from it."))
        return sender

    def _find(self, model: Any, field: str, message: Any) -> Any:
        row = model.objects.in_workspace(self.workspace).filter(public_id=self.cleaned_data[field]).first()
        if row is None:
            raise forms.ValidationError(message)
        return row
