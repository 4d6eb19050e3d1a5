"""Versions of a campaign and people kept back: setting them up, and seeing what came of them."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, workspace_view
from campaigns import services
from campaigns.comparison import comparison_of, label_of, next_answer_at
from campaigns.comparison_chart import draw_difference, draw_looks, draw_versions
from campaigns.errors import CampaignError, EditConflict
from campaigns.hold_outs import Effect, effect_of, effect_of_group
from campaigns.models import Campaign, HoldOutGroup
from campaigns.sizes import sizes_of
from campaigns.variants import FEWEST, MOST, experiment_of
from campaigns.version_forms import (
    ComparisonForm,
    EffectForm,
    HoldOutGroupForm,
    KeptBackForm,
    VersionForm,
    versions_of,
)
from campaigns.views.loading import go_to_campaign, load_campaign, refuse, say_unscheduled
from campaigns.wording import state_of
from core.clock import now
from core.htmx import go_to, render_page

WIDTHS = (1080, 320)


@workspace_view("editor")
def versions(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Add versions, say what differs and how they are compared, and whom to keep back."""
    row = load_campaign(request, campaign)
    if not row.is_editable:
        return go_to_campaign(request, row)
    if request.method != "POST":
        return _versions_page(request, row, _stored_forms(row))
    number = versions_of(request.POST)
    if "add" in request.POST or "remove" in request.POST:
        return _versions_page(request, row, _changed_forms(request, row, number))
    forms = [VersionForm(request.POST, campaign=row, position=place) for place in range(1, number + 1)]
    comparison = ComparisonForm(request.POST, workspace=request.workspace)
    kept_back = KeptBackForm(request.POST)
    context = {"versions": forms, "form": comparison, "kept_back": kept_back}
    # With one version there is nothing to compare, and what was chosen for that does not matter.
    are_valid = [form.is_valid() for form in forms]
    is_valid = all(are_valid) and (number < FEWEST or comparison.is_valid())
    if not (kept_back.is_valid() and is_valid):
        return _versions_page(request, row, context, status=422)
    return _save_versions(request, row, context)


def _save_versions(request: WorkspaceRequest, row: Campaign, context: dict[str, Any]) -> HttpResponse:
    forms, lock_version = context["versions"], request.POST.get("lock_version", "")
    try:
        saved = services.set_versions(
            campaign=row,
            actor=request.user,
            versions=[form.values for form in forms],
            settings=context["form"].cleaned_data if len(forms) >= FEWEST else {},
            values={"hold_out": context["kept_back"].cleaned_data["hold_out"]},
            lock_version=int(lock_version) if lock_version.isdecimal() else None,
        )
    except EditConflict as conflict:
        row.refresh_from_db(fields=["lock_version"])
        context["conflict"] = conflict.sentence
        return _versions_page(request, row, context, status=422)
    except CampaignError as error:
        return refuse(request, row, error)
    messages.success(request, _("Saved. You see the sizes again before you send."))
    say_unscheduled(request, row.status, saved)
    return go_to_campaign(request, row, "campaigns:review")


def _stored_forms(row: Campaign) -> dict[str, Any]:
    experiment = experiment_of(row)
    variants = list(row.variants.select_related("sender", "template"))
    initials = [VersionForm.initial_of(variant) for variant in variants] or [{}, {}]
    if experiment is None and row.hold_out:
        initials = [{}]
    return {
        "versions": [
            VersionForm(campaign=row, position=place, initial=initial)
            for place, initial in enumerate(initials, start=1)
        ],
        "form": ComparisonForm(
            workspace=row.workspace, initial=ComparisonForm.initial_of(experiment) if experiment else {}
        ),
        "kept_back": KeptBackForm(initial={"hold_out": row.hold_out}),
    }


def _changed_forms(request: WorkspaceRequest, row: Campaign, number: int) -> dict[str, Any]:
    """One version more or less, with everything that was typed."""
    typed = [_typed(request, place) for place in range(1, number + 1)]
    gone = request.POST.get("remove", "")
    if gone.isdecimal() and 0 < int(gone) <= number:
        del typed[int(gone) - 1]
    elif "add" in request.POST and number < MOST:
        typed.append({})
    names = ("share", "goal", "event_kind", "wait_hours", "is_automatic", "otherwise")
    chosen = {name: request.POST[name] for name in names if name in request.POST}
    return {
        "versions": [
            VersionForm(campaign=row, position=place, initial=initial) for place, initial in enumerate(typed, start=1)
        ],
        "form": ComparisonForm(workspace=row.workspace, initial=chosen),
        "kept_back": KeptBackForm(initial={"hold_out": request.POST.get("hold_out", 0)}),
    }


def _typed(request: WorkspaceRequest, place: int) -> dict[str, str]:
    return {name: request.POST.get(f"v{place}-{name}", "") for name in VersionForm.base_fields}


def _versions_page(
    request: WorkspaceRequest, row: Campaign, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    label, tone = state_of(row)
    number, share = len(context["versions"]), context["form"]["share"].value()
    shown = {
        **context,
        "campaign": row,
        "label": label,
        "tone": tone,
        "step": "message",
        "may_add": number < MOST,
        "is_compared": number >= FEWEST,
        "is_once": row.kind == Campaign.Kind.ONCE,
        "sizes": sizes_of(row, share=_whole(share, 20), versions=number, goal=str(context["form"]["goal"].value())),
    }
    return render(request, "campaigns/versions.html", shown, status=status)


def _whole(value: Any, otherwise: int) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise


@workspace_view()
def sizes(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """How many people each version goes to, and what that will be able to show; asked again as the slider moves."""
    row = load_campaign(request, campaign)
    share = min(max(_whole(request.GET.get("share"), 20), 0), 100)
    people = request.GET.get("people", "")
    found = sizes_of(
        row,
        share=share,
        versions=versions_of(request.GET),
        goal=request.GET.get("goal", ""),
        people=_whole(people, 0) if people else None,
    )
    return render(request, "campaigns/versions.html#sizes", {"campaign": row, "sizes": found})


@workspace_view()
def summary(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """What is tried with a campaign that has not started, for its review; `people` is how many will get it."""
    row = load_campaign(request, campaign)
    experiment = experiment_of(row)
    context: dict[str, Any] = {"campaign": row, "experiment": experiment, "may_edit": request.membership.may("editor")}
    if experiment is not None:
        variants = list(row.variants.select_related("sender", "template"))
        people = request.GET.get("people", "")
        context["lines"] = [(variant.letter, label_of(row, variant)) for variant in variants]
        context["sizes"] = sizes_of(
            row,
            share=experiment.share,
            versions=len(variants),
            goal=experiment.goal,
            people=_whole(people, 0) if people else None,
        )
    return render_page(request, "campaigns/versions_summary.html", context, partial="summary")


@workspace_view()
def comparison(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Versions side by side, looks over time, and what changed compared with people kept back."""
    row = load_campaign(request, campaign)
    if row.dispatch is None:
        return go_to_campaign(request, row, "campaigns:review")
    label, tone = state_of(row)
    context = {
        "campaign": row,
        "label": label,
        "tone": tone,
        "may_edit": request.membership.may("editor"),
        **_comparison_context(row),
        **_effect_context(request, row),
    }
    return render_page(request, "campaigns/comparison.html", context, partial="panels")


def _comparison_context(row: Campaign) -> dict[str, Any]:
    experiment = experiment_of(row)
    if experiment is None:
        return {}
    shown = comparison_of(experiment)
    looks = list(experiment.looks.order_by("at"))
    return {
        "comparison": shown,
        "next_answer_at": next_answer_at(experiment),
        "charts": [chart for chart in (draw_versions(shown.lines, width=width) for width in WIDTHS) if chart],
        "looks": [chart for chart in (draw_looks(looks, width=width) for width in WIDTHS) if chart],
        "look_count": len(looks),
    }


def _effect_context(request: WorkspaceRequest, row: Campaign) -> dict[str, Any]:
    if not row.hold_out or row.dispatch is None:
        return {}
    experiment = experiment_of(row)
    form = EffectForm(request.GET, workspace=row.workspace, preset=experiment.event_kind if experiment else "")
    if not form.is_valid() or not form.cleaned_data["event"]:
        return {"effect_form": form, "is_kept_back": True}
    data = form.cleaned_data
    found = effect_of(
        campaign=row,
        dispatch=row.dispatch,
        kind=data["event"],
        days=data["days"],
        with_amounts=data["amounts"],
        now=now(),
    )
    return {"effect_form": form, "is_kept_back": True, "event": data["event"], **_drawn(found)}


def _drawn(found: Effect | None) -> dict[str, Any]:
    if found is None:
        return {}
    scale = 1 if found.targeted.is_mean else 1000
    difference = found.difference
    low, middle, high = (value * scale for value in (difference.low, difference.estimate, difference.high))
    return {
        "effect": found,
        "per_targeted": found.targeted.value * scale,
        "per_kept_back": found.kept_back.value * scale,
        "low": low,
        "middle": middle,
        "high": high,
        "difference_charts": [
            chart for chart in (draw_difference(low, middle, high, width=width) for width in WIDTHS) if chart
        ],
    }


@require_POST
@workspace_view("editor")
def choose(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Send the rest one version, now."""
    row = load_campaign(request, campaign)
    position = _whole(request.POST.get("version"), 0)
    try:
        services.choose_version(campaign=row, actor=request.user, position=position)
    except CampaignError as error:
        return refuse(request, row, error, "campaigns:comparison")
    messages.success(
        request, _("Version %(letter)s goes to everybody who was not in the test.") % {"letter": chr(64 + position)}
    )
    return go_to_campaign(request, row, "campaigns:report")


@workspace_view()
def hold_out(request: WorkspaceRequest) -> HttpResponse:
    """The workspace's own group of people who get no campaigns for a while, and what all campaigns change."""
    present = HoldOutGroup.objects.in_workspace(request.workspace).lasting(now()).first()
    is_owner = request.membership.may("owner")
    form = HoldOutGroupForm.of(present)
    if request.method == "POST":
        if not is_owner:
            return HttpResponse(status=403)
        form = HoldOutGroupForm(request.POST)
        if form.is_valid():
            services.set_hold_out_group(workspace=request.workspace, actor=request.user, **form.cleaned_data)
            messages.success(request, _("Saved. It counts for every campaign that starts from now on."))
            return go_to(request, "campaigns:hold-out", request.workspace.slug)
    groups = list(HoldOutGroup.objects.in_workspace(request.workspace).order_by("-starts_at")[:8])
    context = {
        "tab": "hold_out",
        "nav": "accounts",
        "form": form,
        "group": present,
        "groups": groups,
        "is_owner": is_owner,
        **_group_effect_context(request, groups),
    }
    return render(request, "campaigns/hold_out.html", context, status=422 if form.errors else 200)


def _group_effect_context(request: WorkspaceRequest, groups: list[HoldOutGroup]) -> dict[str, Any]:
    form = EffectForm(request.GET, workspace=request.workspace)
    if not groups:
        return {}
    wanted = next((group for group in groups if str(group.public_id) == request.GET.get("group")), groups[0])
    if not form.is_valid() or not form.cleaned_data["event"]:
        return {"effect_form": form, "shown_group": wanted}
    found = effect_of_group(
        group=wanted, kind=form.cleaned_data["event"], with_amounts=form.cleaned_data["amounts"], now=now()
    )
    return {"effect_form": form, "shown_group": wanted, "event": form.cleaned_data["event"], **_drawn(found)}
