"""What came of a flow: its report, single responses, and files of them."""

import tempfile
import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from core.htmx import render_page
from flows.models import Flow, FlowSession
from flows.response_form import ResponseFilterForm
from flows.results.exporting import CONTENT_TYPES, csv_lines, json_lines, write_xlsx
from flows.results.questions import Question, questions_of
from flows.results.report import PERIODS, compiled_of, report_of, since_of, step_label
from flows.results.responses import responses_of, shown_answer
from flows.results.shapes import day_chart
from flows.results.wording import duration, trouble_words
from flows.services.settling import words_for_note

PAGE = 50
POLL_SECONDS = 5


@require_safe
@workspace_view()
def results(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """The report of a period; the three numbers at its head renew themselves while the flow is live."""
    row = _load(request, flow)
    period = request.GET.get("period", "30")
    period = period if period in PERIODS else "30"
    if request.GET.get("part") == "counter":
        counts = FlowSession.objects.counts_of(row, since_of(period))
        context = {"flow": row, "period": period, "counts": counts, "poll_seconds": POLL_SECONDS}
        return render_page(request, "flows/results.html", context, partial="counter")
    report = report_of(row, period=period)
    context = {
        "flow": row,
        "nav": "flows",
        "may_edit": request.membership.may("editor"),
        "period": period,
        "periods": [("7", _("7 days")), ("30", _("30 days")), ("90", _("90 days")), ("all", _("All time"))],
        "report": report,
        "counts": {"began": report.totals.began, "completed": report.totals.completed},
        "chart": day_chart(report.days),
        "poll_seconds": POLL_SECONDS,
        "shares": [
            (_("Came through"), report.totals.of("source")),
            (_("Came from"), report.totals.of("referrer")),
            (_("Devices"), report.totals.of("device")),
            (_("Languages"), report.totals.of("locale")),
        ],
    }
    return render_page(request, "flows/results.html", context)


@require_safe
@workspace_view()
def responses(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Everybody's answers, newest first, by what is asked for."""
    row = _load(request, flow)
    questions = _questions(row)
    form = ResponseFilterForm(request.GET or None, flow=row, questions=questions)
    rows = responses_of(row, form.wanted())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "flow": row,
        "nav": "flows",
        "may_edit": request.membership.may("editor"),
        "form": form,
        "page": page,
        "lines": [(one, _summary(one, questions)) for one in page.object_list],
        "is_filtered": not form.wanted().is_everything,
        "query": request.GET.urlencode(),
    }
    return render_page(request, "flows/responses.html", context, partial="rows")


@require_safe
@workspace_view()
def response(request: WorkspaceRequest, flow: uuid.UUID, session: uuid.UUID) -> HttpResponse:
    """One response: what was asked and answered, how long it took, what came of it."""
    row = _load(request, flow)
    found = get_in_workspace(FlowSession, request.workspace, session)
    if found.flow_id != row.pk:
        raise Http404
    questions = _questions(row)
    known = {one.key for one in questions}
    context = {
        "flow": row,
        "nav": "flows",
        "may_edit": request.membership.may("editor"),
        "session": found,
        "answers": [
            (one.label, shown_answer(found.answers[one.key], dict(one.options)))
            for one in questions
            if one.key in found.answers
        ]
        + [(key, shown_answer(value, {})) for key, value in found.answers.items() if key not in known],
        "visits": _visits(row, found),
        "notes": [(note["field"], words_for_note(note["problem"])) for note in found.notes],
        "follow_ups": [(one, trouble_words(one.detail)) for one in found.follow_ups.order_by("pk")],
    }
    return render_page(request, "flows/response.html", context)


@require_safe
@workspace_view("editor")
def export(request: WorkspaceRequest, flow: uuid.UUID, kind: str) -> HttpResponse:
    """The responses that the filters leave, as a file."""
    row = _load(request, flow)
    questions = _questions(row)
    wanted = ResponseFilterForm(request.GET or None, flow=row, questions=questions).wanted()
    name = f"{slugify(row.name) or row.key}.{'jsonl' if kind == 'json' else kind}"
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    if kind == "xlsx":
        file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
        write_xlsx(row, wanted, questions, file)
        file.seek(0)
        return FileResponse(file, content_type=CONTENT_TYPES[kind], headers=headers)  # type: ignore[return-value]
    write = csv_lines if kind == "csv" else json_lines
    response = StreamingHttpResponse(write(row, wanted, questions), content_type=CONTENT_TYPES[kind])
    response.headers["Content-Disposition"] = headers["Content-Disposition"]
    return response  # type: ignore[return-value]


def _load(request: WorkspaceRequest, public_id: uuid.UUID) -> Flow:
    row = get_in_workspace(Flow, request.workspace, public_id)
    row.workspace = request.workspace
    return row


def _questions(flow: Flow) -> list[Question]:
    version = compiled_of(flow)
    return questions_of(version, get_language() or "") if version is not None else []


def _summary(row: FlowSession, questions: list[Question]) -> str:
    """The first few answers in a row."""
    shown = [shown_answer(row.answers[one.key], dict(one.options)) for one in questions if one.key in row.answers]
    return " · ".join(text for text in shown[:4] if text)


def _visits(flow: Flow, session: FlowSession) -> list[dict[str, Any]]:
    version = compiled_of(flow)
    locale = get_language() or ""
    labels = {one.key: step_label(version, one.document, locale) for one in version.steps} if version else {}
    return [
        {
            "label": labels.get(visit.step, visit.step),
            "variant": visit.variant,
            "at": visit.entered_at,
            "time": duration((visit.left_at - visit.entered_at).total_seconds()) if visit.left_at else "",
        }
        for visit in session.visits.order_by("visit")
    ]
