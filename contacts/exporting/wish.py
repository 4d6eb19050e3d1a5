"""What somebody asked to have exported. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl

from contacts.list_filters import ContactFilter


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Whom (the list's filter, or the public ids `chosen` among them), which columns, and how the file looks.

    `separator` (contacts.exporting.files.SEPARATORS) and `with_mark` matter to CSV only; `language` heads the columns.
    """

    wanted: ContactFilter = field(default_factory=ContactFilter)
    chosen: list[str] | None = None
    format: str = "csv"
    columns: list[str]
    separator: str = "comma"
    with_mark: bool = True
    language: str = "en"

    @property
    def query(self) -> str:
        """The filter as `Export.query` stores it."""
        return self.wanted.query_string().removeprefix("?")

    def options(self) -> dict[str, Any]:
        """What `Export.options` stores."""
        return {"separator": self.separator, "with_mark": self.with_mark, "language": self.language}

    @classmethod
    def from_stored(
        cls, query: str, chosen: list[Any] | None, format: str, columns: list[str], options: Mapping[str, Any]
    ) -> Self:
        """The wish that an Export's row keeps."""
        return cls(
            wanted=ContactFilter.from_query(dict(parse_qsl(query))),
            chosen=None if chosen is None else [str(one) for one in chosen],
            format=format,
            columns=columns,
            **options,
        )
