"""Settings of all campaigns: how often people are written to, a second person's yes, the time to take it back."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from accounts.models import Role
from campaigns.rules import rules_of
from campaigns.rules_forms import OftenForm, RulesForm
from campaigns.services import set_rules
from core.htmx import go_to, render_page
from delivery.models import FrequencyRule
from delivery.services import TooManyRules, forecast_rule, remove_frequency_rule, rule_in_words, set_frequency_rule


@workspace_view(write_role=Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: WorkspaceRequest) -> HttpResponse:
    """Everybody may look, owners may change."""
    form = RulesForm(request.POST or None, instance=rules_of(request.workspace))
    if request.method == "POST" and form.is_valid():
        set_rules(workspace=request.workspace, actor=request.user, values=form.values)
        messages.success(request, _("The rules are saved. They hold for everything that has not started yet."))
        return go_to(request, "campaigns:rules", request.workspace.slug)
    return _page(request, form, OftenForm(), status=422 if form.is_bound else 200)


@require_POST
@workspace_view(write_role=Role.OWNER)
def add_rule(request: WorkspaceRequest) -> HttpResponse:
    """At most so many messages in so many days, from now on."""
    form = OftenForm(request.POST)
    if not form.is_valid():
        return _page(request, RulesForm(instance=rules_of(request.workspace)), form, status=422)
    try:
        rule = set_frequency_rule(workspace=request.workspace, actor=request.user, **form.cleaned_data)
    except TooManyRules:
        messages.error(request, _("There are as many rules as there may be. Remove one first."))
    else:
        messages.success(request, _("From now on: %(rule)s.") % {"rule": rule_in_words(rule)})
    return go_to(request, "campaigns:rules", request.workspace.slug)


@require_POST
@workspace_view(write_role=Role.OWNER)
def remove_rule(request: WorkspaceRequest, rule: uuid.UUID) -> HttpResponse:
    """Forget one."""
    row = get_in_workspace(FrequencyRule, request.workspace, rule)
    remove_frequency_rule(rule=row, actor=request.user)
    messages.success(request, _("The rule is gone. What people chose for themselves still holds."))
    return go_to(request, "campaigns:rules", request.workspace.slug)


@require_safe
@workspace_view()
def forecast(request: WorkspaceRequest) -> HttpResponse:
    """What the rule in the form would have changed last month; a part of the page."""
    form = OftenForm(request.GET)
    found = forecast_rule(workspace=request.workspace, **form.cleaned_data) if form.is_valid() else None
    return render(request, "campaigns/rules.html#forecast", {"forecast": found})


def _page(request: WorkspaceRequest, form: RulesForm, often: OftenForm, status: int = 200) -> HttpResponse:
    rows = FrequencyRule.objects.in_workspace(request.workspace).order_by("days", "channel", "id")
    context = {
        "tab": "campaign-rules",
        "nav": "accounts",
        "form": form,
        "often": often,
        "rows": [(row, rule_in_words(row)) for row in rows],
        "may_change": request.membership.may(Role.OWNER),
    }
    return render_page(request, "campaigns/rules.html", context, status=status)
