"""What the schema says of one place of a document."""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from jsonschema import Draft202012Validator

from flows.building.pointers import NoSuchPlace, parts_of
from flows.checking.check import SCHEMA

Shape = Mapping[str, Any]
SHAPES_KEPT = 1_000


@cache
def schema() -> Shape:
    """The schema of documents."""
    loaded: Shape = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return loaded


def shape_at(path: str) -> Shape:
    """The schema of a place, without references. Raises NoSuchPlace where a document can have nothing."""
    # Which member of a list it is makes no difference, so a document of a hundred steps asks for few shapes.
    return _shape_at("/".join("0" if part.isdecimal() else part for part in path.split("/")))


@lru_cache(maxsize=SHAPES_KEPT)
def _shape_at(path: str) -> Shape:
    shapes = [resolved(schema())]
    for part in parts_of(path):
        shapes = [inner for shape in shapes for inner in _inside(shape, part)]
    if not shapes:
        raise NoSuchPlace(path)
    return shapes[0]


def resolved(shape: Shape) -> Shape:
    """A schema, or what it refers to."""
    reference = shape.get("$ref")
    return resolved(schema()["$defs"][reference.rpartition("/")[2]]) if reference else shape


def is_valid(path: str, value: Any) -> bool:
    """Whether the schema takes a value at a place."""
    where = "/".join("0" if part.isdecimal() else part for part in path.split("/"))
    return not any(True for _error in _validator(where).iter_errors(value))


def is_whole(document: Any) -> bool:
    """Whether a document has the shape of a flow."""
    return is_valid("", document)


@lru_cache(maxsize=SHAPES_KEPT)
def _validator(path: str) -> Draft202012Validator:
    return Draft202012Validator({**shape_at(path), "$defs": schema()["$defs"]})


def _inside(shape: Shape, part: str) -> list[Shape]:
    found: list[Shape] = []
    if part in shape.get("properties", {}):
        found.append(resolved(shape["properties"][part]))
    elif "items" in shape and part.isdecimal():
        found.append(resolved(shape["items"]))
    elif isinstance(shape.get("additionalProperties"), Mapping):
        found.append(resolved(shape["additionalProperties"]))
    elif shape.get("type") == "object" and not {"properties", "additionalProperties"} & shape.keys():
        found.append({})  # such as the theme, whose parts the schema leaves open
    for other in shape.get("anyOf", ()):
        found += _inside(resolved(other), part)
    return found
