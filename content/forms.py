"""Forms of templates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.utils.translation import gettext_lazy as _

from content.models import Template
from content.starters import STARTERS

MAX_TYPED = 400_000
_OFFERED = (
    "ar cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv nb nl pl pt-br pt ro ru sk sl sr sv th tr uk "
    "vi zh-hans zh-hant"
)


def language_choices() -> list[tuple[str, Any]]:
    """Return the languages a message can be in, each by its own name."""
    named = [(code, LANG_INFO[code]["name_local"].capitalize()) for code in _OFFERED.split() if code in LANG_INFO]
    return [("", _("As the workspace")), *sorted(named, key=lambda choice: choice[1].casefold())]


class TemplateForm(forms.ModelForm):
    """What the editor stores. White space in sources is kept as typed."""

    lock_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    language = forms.ChoiceField(label=_("Language"), choices=language_choices, required=False)

    class Meta:
        model = Template
        fields = ("name", "subject", "preheader", "mjml", "text", "language")
        labels = {"mjml": _("Message"), "text": _("Text version")}
        help_texts = {
            "name": _("Only your team sees it."),
            "preheader": _("Shown after the subject."),
            "text": _("Left empty, it is written from the message."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = {"rows": 24, "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off", "dir": "ltr"}
        for name, attributes in (("mjml", source), ("text", {"rows": 18, "dir": "auto"})):
            field = forms.CharField(
                label=self.fields[name].label,
                help_text=self.fields[name].help_text,
                required=False,
                strip=False,
                max_length=MAX_TYPED,
                widget=forms.Textarea(attrs=attributes),
            )
            self.fields[name] = field
        for name in ("subject", "preheader"):
            self.fields[name].widget.attrs.update(dir="auto", autocomplete="off")
        # A browser sends CRLF in a text area; stored and compared is LF.
        if self.data:
            data = dict(self.data.items())
            data |= {name: str(data[name]).replace("\r\n", "\n") for name in ("mjml", "text") if name in data}
            self.data = data

    def values(self) -> dict[str, str]:
        """Return what `save_template` stores; only of a valid form."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class StarterForm(forms.Form):
    """Which starter a new template is made from; none for an empty one."""

    starter = forms.ChoiceField(
        choices=[("", ""), *((key, starter.title) for key, starter in STARTERS.items())], required=False
    )
