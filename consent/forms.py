"""What people type about consent, checked."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from consent.models import Basis, SignupPage, State, Suppression, Topic
from consent.services.signup import SignupAnswers
from consent.services.topics import PageValues, TopicValues
from consent.wording import frequency_choices, tracking_sentence
from contacts.addresses import normalise_email
from contacts.forms.suggesting import SuggestingMixin
from contacts.problems import Problem
from core.ids import uuid_or_none


class TopicsField(forms.ModelMultipleChoiceField):
    """Topics by their public ids; a text that is no id at all is refused like one that is not offered."""

    default_error_messages = {
        "invalid_choice": _("One of the choices is no longer offered. Look again at what you ticked."),
    }

    def clean(self, value: Any) -> Any:
        """The chosen topics. Raises ValidationError (required, invalid_choice, invalid_list)."""
        if isinstance(value, list | tuple) and not all(uuid_or_none(item) for item in value):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class TopicBoxes(TopicsField):
    """A box per topic with its description below the name."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Topic) -> str:
        """Name and description."""
        if not obj.description:
            return format_html('<bdi class="strong">{}</bdi>', obj.name)
        return format_html('<bdi class="strong">{}</bdi><br><span class="muted">{}</span>', obj.name, obj.description)


class SignupForm(SuggestingMixin):
    """A public sign-up. Every box starts empty, and each subject is agreed to on its own (GDPR Art. 7)."""

    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "dir": "ltr"}),
        error_messages={"required": _("We need an address to write to.")},
    )
    first_name = forms.CharField(
        label=_("Your first name, if you like"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name", "dir": "auto"}),
    )
    topics = TopicBoxes(
        label=_("What would you like to hear about?"),
        queryset=Topic.objects.none(),
        error_messages={
            "required": _("Choose at least one, so that we know what to write about."),
        },
    )
    frequency = forms.ChoiceField(label=_("How often, at most"), required=False)
    tracking = forms.BooleanField(required=False)
    # Hidden from people; only a program that fills in everything puts something here.
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}))

    def __init__(self, *args: Any, page: SignupPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_topics(self, "topics", page.topics.by_name())
        self.fields["tracking"].label = tracking_sentence(page.workspace)
        if page.ask_frequency:
            frequency: Any = self.fields["frequency"]
            frequency.choices = frequency_choices()
        else:
            del self.fields["frequency"]
        if not page.ask_name:
            del self.fields["first_name"]

    def clean_email(self) -> str:
        """The address as it is stored."""
        try:
            return normalise_email(self.cleaned_data["email"])
        except Problem as problem:
            raise ValidationError(str(problem)) from None

    def is_from_a_program(self) -> bool:
        """True when the field nobody sees was filled in."""
        return bool(self.data.get("website"))

    def answers(self, **others: Any) -> SignupAnswers:
        """The valid form as the service takes it."""
        data = self.cleaned_data
        return SignupAnswers(
            email=data["email"],
            topics=list(data["topics"]),
            first_name=data.get("first_name", "").strip(),
            tracking=data["tracking"],
            days_between=int(data["frequency"]) if data.get("frequency") else None,
            **others,
        )


def offer_topics(form: forms.BaseForm, name: str, topics: models.QuerySet[Topic]) -> None:
    """Let the field choose among these topics, by their public ids."""
    field = form.fields[name]
    field.queryset, field.to_field_name = topics, "public_id"  # type: ignore[attr-defined]


class TopicForm(forms.ModelForm):
    """A topic as people read it."""

    class Meta:
        model = Topic
        fields = ["name", "description", "public"]
        help_texts = {
            "name": _("What the messages are about, in a few words people know."),
            "description": _("What they bring and how often. People read it before they choose."),
            "public": _("Off: only people who have it see it."),
        }
        widgets = {"public": forms.CheckboxInput(attrs={"role": "switch"})}

    def values(self) -> TopicValues:
        """The valid form as the service takes it."""
        data = self.cleaned_data
        return TopicValues(name=data["name"], description=data["description"], public=data["public"])


class SignupPageForm(forms.ModelForm):
    """A sign-up page."""

    topics = TopicBoxes(
        label=_("What people can choose"),
        queryset=Topic.objects.none(),
        error_messages={"required": _("Choose at least one topic to offer.")},
    )

    class Meta:
        model = SignupPage
        fields = ["name", "title", "intro", "consent_text", "topics", "ask_name", "ask_frequency", "is_open"]
        help_texts = {
            "name": _("Only you see it."),
            "title": _("The large line at the top, such as “News from the lake”."),
            "consent_text": _("Say who writes, about what and how often. These exact words are kept as proof."),
            "ask_frequency": _("People can say “one message a week” while they sign up. It holds once they confirm."),
            "is_open": _("Off: the page says that it is closed."),
        }
        widgets = {
            "intro": forms.Textarea(attrs={"rows": 2}),
            "consent_text": forms.Textarea(attrs={"rows": 3}),
            "ask_name": forms.CheckboxInput(attrs={"role": "switch"}),
            "ask_frequency": forms.CheckboxInput(attrs={"role": "switch"}),
            "is_open": forms.CheckboxInput(attrs={"role": "switch"}),
        }

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_topics(self, "topics", Topic.objects.in_workspace(workspace).by_name())

    def values(self) -> PageValues:
        """The valid form as the service takes it."""
        return PageValues(**{**self.cleaned_data, "topics": list(self.cleaned_data["topics"])})


class SuppressionForm(forms.Form):
    """An address or a domain that must not be written to."""

    what = forms.CharField(
        label=_("Address or domain"),
        max_length=254,
        help_text=_("anna@example.com stops one address, example.com everyone there."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[
            (Suppression.Reason.MANUAL, _("They or we do not want it")),
            (Suppression.Reason.INVALID, _("It is not a real address")),
            (Suppression.Reason.LEGAL, _("Legal")),
        ],
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class SuppressionListForm(forms.Form):
    """A list of addresses, domains or digests from elsewhere, as a file or pasted."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,
        help_text=_("CSV or plain text, up to a million lines."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
    )
    text = forms.CharField(
        label=_("Or paste it here"),
        required=False,
        max_length=500_000,
        help_text=_("One on each line: an address, a domain, or an MD5 or SHA-256 that another program exported."),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "ltr", "spellcheck": "false", "autocomplete": "off"}),
    )
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=Suppression.Reason.choices,
        initial=Suppression.Reason.MANUAL,
    )
    note = forms.CharField(label=_("Where it is from"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        """A file or a text."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("file") and not cleaned.get("text", "").strip():
            raise forms.ValidationError(_("Choose a file, or paste a list."))
        return cleaned


class ManualConsentForm(forms.Form):
    """Something a person said outside Rapport, written down by a teammate who answers for it."""

    topic = forms.ModelChoiceField(label=_("Topic"), queryset=Topic.objects.none(), empty_label=None)
    state = forms.ChoiceField(
        label=_("What they said"), choices=[(State.GRANTED, _("Agreed")), (State.WITHDRAWN, _("Does not want it"))]
    )
    basis = forms.ChoiceField(
        label=_("Why writing is allowed"), choices=Basis.choices, initial=Basis.EXPRESS, required=False
    )
    note = forms.CharField(
        label=_("How you know"),
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("Told us on the phone on 3 May")}),
        error_messages={"required": _("Say how you know. It is the proof that stays.")},
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_topics(self, "topic", Topic.objects.in_workspace(workspace).by_name())
