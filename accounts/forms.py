"""Forms of sign-up, people and workspaces."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Invitation, Role, User, Workspace
from accounts.scopes import RESOURCES, SENDING
from core.clock import available_zones
from core.contrast import is_color


class SignupDetailsForm(forms.Form):
    """What sign-up asks beside e-mail and password."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ["name", "email", "password1"]

    def signup(self, request: Any, user: Any) -> None:
        """Keep the name."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


def zone_choices() -> list[tuple[str, str]]:
    """Every IANA zone that is a place, by name, and UTC."""
    places = [zone for zone in available_zones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))]
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in sorted(places))]


class ZoneSelect(forms.Select):
    """A select of some 420 zones, written in one go: a template for every option costs 60 ms a page."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The select with its options."""
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((zone, mark_safe(" selected") if zone == value else "", label) for zone, label in self.choices),
        )
        return format_html(
            "<select{}>{}</select>", flatatt({"name": name, **self.build_attrs(self.attrs, attrs)}), options
        )


class ZoneField(forms.ChoiceField):
    """A time zone; script fills in the browser's own where nothing is chosen yet."""

    widget = ZoneSelect

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Time zone"))
        blank = [] if kwargs.get("required", True) else [("", _("As the workspace"))]
        super().__init__(choices=lambda: [*blank, *zone_choices()], **kwargs)


class ProfileForm(forms.ModelForm):
    """How somebody is called and shown things."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the browser")), *settings.LANGUAGES],
        help_text=_("Of the pages you see here. What your contacts read has its own language."),
    )
    time_zone = ZoneField(required=False, help_text=_("Times on your pages are shown in this zone."))

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "theme"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class AppearanceForm(forms.Form):
    """The quick switches of the account menu; either of the two may be sent."""

    theme = forms.ChoiceField(choices=User.Theme.choices, required=False)
    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False)

    def changes(self) -> dict[str, str]:
        """Only what was sent."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class NewWorkspaceForm(forms.ModelForm):
    """What a workspace needs to begin."""

    language = forms.ChoiceField(
        label=_("Language of your messages"), choices=settings.LANGUAGES, help_text=_("Used where a contact has none.")
    )
    time_zone = ZoneField(
        help_text=_("Used for times of sending and for reports."),
        widget=ZoneSelect(attrs={"data-guess-zone": True}),
    )

    class Meta:
        model = Workspace
        fields = ["name", "time_zone", "language"]
        labels = {"name": _("Name of your organisation")}
        help_texts = {"name": _("People see it in your messages.")}
        widgets: ClassVar[dict[str, forms.Widget]] = {"name": forms.TextInput(attrs={"autocomplete": "organization"})}


class WorkspaceForm(NewWorkspaceForm):
    """Everything about a workspace that may be changed."""

    time_zone = ZoneField(help_text=_("Used for times of sending and for reports."))

    class Meta(NewWorkspaceForm.Meta):
        fields = ["name", "postal_address", "time_zone", "language", "brand_color", "quiet_from", "quiet_until"]
        labels = {
            **NewWorkspaceForm.Meta.labels,
            "quiet_from": _("No campaigns from"),
            "quiet_until": _("until"),
        }
        help_texts = {
            **NewWorkspaceForm.Meta.help_texts,
            "postal_address": _("Stands at the foot of every message. Many countries ask for it by law."),
            "brand_color": _(
                "Colours buttons and links of your public pages. We shade it where people could not read it."
            ),
            "quiet_until": _(
                "On each person’s own clock. What would reach them in these hours waits until they are over. "
                "Leave both empty to send at any hour."
            ),
        }
        widgets = {
            **NewWorkspaceForm.Meta.widgets,
            "brand_color": forms.TextInput(attrs={"type": "color"}),
            "postal_address": forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"}),
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def clean(self) -> dict[str, Any]:
        """Quiet hours have both ends, and leave some of the day."""
        data: dict[str, Any] = super().clean() or {}
        start, end = data.get("quiet_from"), data.get("quiet_until")
        if (start is None) != (end is None):
            self.add_error("quiet_until", _("Choose both times, or none."))
        elif start is not None and start == end:
            self.add_error("quiet_until", _("These hours would never end. Choose another time."))
        return data

    def clean_brand_color(self) -> str:
        """Six hexadecimal digits after a hash."""
        color: str = self.cleaned_data["brand_color"].lower()
        if not is_color(color):
            raise forms.ValidationError(_("Write the colour as # and six digits, such as #0b5d78."))
        return color

    def clean_postal_address(self) -> str:
        """One line: it is printed in one."""
        return ", ".join(filter(None, (part.strip(" ,") for part in self.cleaned_data["postal_address"].splitlines())))


class InvitationForm(forms.ModelForm):
    """Whom to invite, and as what."""

    class Meta:
        model = Invitation
        fields = ["email", "role"]
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.EDITOR)


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class ApiKeyForm(forms.ModelForm):
    """A name for a key, and for each resource what it may do."""

    DEEDS = [("", _("Nothing")), ("read", _("Read")), ("write", _("Read and change"))]

    class Meta:
        model = ApiKey
        fields = ["name"]
        labels = {"name": _("What is it for?")}
        help_texts = {"name": _("Such as “Booking system”, so that you know later which key to revoke.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for resource, label in RESOURCES.items():
            self.fields[resource] = forms.ChoiceField(label=label, choices=self.DEEDS, required=False)
        self.fields["may_send"] = forms.BooleanField(label=_("May schedule, send and stop campaigns"), required=False)

    def clean(self) -> dict[str, Any]:
        """A key that may do nothing is of no use."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.scopes():
            raise forms.ValidationError(_("Choose at least one thing the key may do."))
        return cleaned

    def scopes(self) -> list[str]:
        """The chosen scopes, such as `contacts:read`."""
        chosen = ((resource, self.cleaned_data.get(resource)) for resource in RESOURCES)
        sending = [SENDING] if self.cleaned_data.get("may_send") else []
        return [f"{resource}:{deed}" for resource, deed in chosen if deed] + sending

    def resource_fields(self) -> list[forms.BoundField]:
        """The fields of the resources, for the page."""
        return [self[resource] for resource in RESOURCES]
