"""The API's description: for programs as OpenAPI, for people as a page made from the same."""

import functools
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.api.schema import openapi

METHODS = ("get", "post", "put", "patch", "delete")
# Chapters in the order in which somebody new needs them; any other follows by name.
ORDER = (
    "contacts",
    "attributes",
    "imports",
    "events",
    "topics",
    "consents",
    "suppressions",
    "segments",
    "templates",
    "senders",
    "campaigns",
    "messages",
)
_BASE = "/api/v1"
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One field or parameter: its path, its type in words, and what to know of it."""

    name: str
    type: str
    note: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a program can do."""

    anchor: str
    method: str
    path: str
    title: str
    text: str
    scope: str
    parameters: list[Line]
    body: list[Line]
    answer_status: str
    answer: list[Line]


@dataclass(frozen=True, slots=True)
class Chapter:
    """The operations of one resource."""

    name: str
    operations: list[Operation] = field(default_factory=list)


@require_safe
def show_schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3, as JSON."""
    return JsonResponse(openapi())


@require_safe
def show_docs(request: HttpRequest) -> HttpResponse:
    """The same, readable."""
    return render(request, "api/docs.html", {"chapters": chapters(), "base": _BASE})


@functools.cache
def chapters() -> list[Chapter]:
    """The API by resource, a resource's operations by their addresses."""
    schema = openapi()
    found: dict[str, Chapter] = {}
    for path, item in sorted(schema["paths"].items()):
        for method in METHODS:
            if method in item:
                name = path.removeprefix(_BASE).strip("/").split("/")[0]
                chapter = found.setdefault(name, Chapter(name))
                chapter.operations.append(_operation(schema, path, method, item[method]))
    rank = {name: number for number, name in enumerate(ORDER)}
    return sorted(found.values(), key=lambda chapter: (rank.get(chapter.name, len(ORDER)), chapter.name))


def _operation(schema: dict[str, Any], path: str, method: str, data: dict[str, Any]) -> Operation:
    title, _, text = data.get("description", "").strip().partition("\n")
    status = next((code for code in data["responses"] if code.startswith("2")), "")
    answer = data["responses"].get(status, {})
    return Operation(
        anchor=data["operationId"],
        method=method.upper(),
        path=path,
        title=title,
        text=text.strip(),
        scope=data.get("x-scope", ""),
        parameters=[_parameter(item) for item in data.get("parameters", []) if item["in"] != "path"],
        body=_body(schema, data.get("requestBody")),
        answer_status=status,
        answer=[replace(line, required=False) for line in _body(schema, answer)],
    )


def _parameter(data: dict[str, Any]) -> Line:
    note = data.get("description", "")
    return Line(data["name"], _type_of(data["schema"]), note, data.get("required", False))


def _body(schema: dict[str, Any], data: dict[str, Any] | None) -> list[Line]:
    for content in (data or {}).get("content", {}).values():
        return _lines(schema, content.get("schema", {}))
    return []


def _lines(schema: dict[str, Any], node: dict[str, Any], prefix: str = "", depth: int = 0) -> list[Line]:
    """The fields of an object, those of inner objects by their path: `results[].email`."""
    node = _resolved(schema, node)
    if node.get("type") == "array":
        return _lines(schema, node.get("items", {}), f"{prefix}[]", depth)
    lines = []
    for name, inner in node.get("properties", {}).items():
        full = _resolved(schema, inner)
        path = f"{prefix}.{name}".lstrip(".")
        note = inner.get("description") or full.get("description", "")
        lines.append(Line(path, _type_of(full), note, name in node.get("required", ())))
        if depth < _DEEPEST:
            lines += _lines(schema, full, path, depth + 1)
    return lines


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The node a reference stands for, with what is said beside the reference."""
    for key in ("allOf", "oneOf", "anyOf"):
        if key in node:
            inner = _resolved(schema, node[key][0])
            return {**inner, **{name: value for name, value in node.items() if name != key}}
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        target: dict[str, Any] = schema["components"]["schemas"][name]
        return _resolved(schema, target)
    return node


def _type_of(node: dict[str, Any]) -> str:
    if "enum" in node:
        return " | ".join(str(value) for value in node["enum"] if value is not None)
    kind = node.get("format") or node.get("type") or "any"
    if node.get("type") == "array":
        kind = "list"
    if "maxLength" in node:
        kind = f"{kind} ≤ {node['maxLength']}"
    return f"{kind} or null" if node.get("nullable") else str(kind)
