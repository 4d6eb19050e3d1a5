"""Where apps above contacts take part in an import. Filled in `AppConfig.ready()`; the hooks write SQL for sets.

`after_chunk` hooks run inside the transaction of every chunk, so that what they write is there exactly when the
contacts are. They are called as `hook(cursor, import_, table)`: `table` is a temporary table

    (row_number bigint, contact_id bigint, outcome text, agrees boolean, agreed_on date)

with one line for each row of the file that reached a contact: `outcome` is created, updated or unchanged, `agrees` is
false where a column says yes or no to consent and the row does not say yes, and `agreed_on` is the day on which they
agreed, where the row itself says it. Rejected rows are left out. The cursor is psycopg's through Django.
`import_.options` holds what the person chose: `topic` and `static_list` (public id or ""), `consent_source`,
`consent_at` (ISO date or ""), beside `mode`. The hooks are called only when there is a topic or a list.

`protect` hooks run before an undo removes contacts, called as `hook(cursor, import_, table)` with a table

    (contact_id bigint primary key, kept text null)

They set `kept` to a word for each contact that must stay, such as one that has been written to.

`on_undo` hooks run when an import is undone, after the people it brought are gone. They are called as
`hook(cursor, import_, last_id)` again and again, each time in a transaction of its own: they take back what the app
wrote for some contacts with ids above `last_id`, and return the last id they looked at, or 0 when there was none.

`offer_topics` names the topics a person may choose from when consent comes with a file, `offer_bases` on which basis,
`offer_lists` the lists that people can be put onto.
"""

from collections.abc import Callable, Sequence
from typing import Any

Hook = Callable[[Any, Any, str], None]

UndoHook = Callable[[Any, Any, int], int]

Topics = Callable[[Any], Sequence[tuple[str, str]]]

Bases = Callable[[], Sequence[tuple[str, str]]]

Lists = Callable[[Any], Sequence[tuple[str, str]]]

_topics: list[Topics] = []
_bases: list[Bases] = []
_lists: list[Lists] = []
_after_chunk: dict[str, Hook] = {}
_protect: dict[str, Hook] = {}
_on_undo: dict[str, UndoHook] = {}


def after_chunk(name: str, hook: Hook) -> None:
    """Have `hook` called in each chunk's transaction. `name` is `app.verb_noun` and unique."""
    _register(_after_chunk, name, hook)


def protect(name: str, hook: Hook) -> None:
    """Have `hook` say which contacts an undo must keep. `name` is `app.verb_noun` and unique."""
    _register(_protect, name, hook)


def offer_topics(provider: Topics) -> None:
    """Have `provider(workspace)` name the topics, as (public id, name), that consent can be taken over for."""
    if provider not in _topics:
        _topics.append(provider)


def offer_bases(provider: Bases) -> None:
    """Have `provider()` name the bases, as (value, words), on which consent can come with a file; the usual first."""
    if provider not in _bases:
        _bases.append(provider)


def offer_lists(provider: Lists) -> None:
    """Have `provider(workspace)` name the lists, as (public id, name), that people of a file can be put onto."""
    if provider not in _lists:
        _lists.append(provider)


def lists_of(workspace: Any) -> list[tuple[str, str]]:
    """The lists on offer in a workspace."""
    return [one for provider in _lists for one in provider(workspace)]


def bases() -> list[tuple[str, str]]:
    """The bases on offer."""
    return [basis for provider in _bases for basis in provider()]


def on_undo(name: str, hook: UndoHook) -> None:
    """Have `hook` take back what its app wrote with an import. `name` is `app.verb_noun` and unique."""
    if _on_undo.get(name, hook) is not hook:
        raise ValueError(f"two import hooks are called {name}")
    _on_undo[name] = hook


def undoing_hooks() -> list[UndoHook]:
    """The hooks to call when an import is undone."""
    return list(_on_undo.values())


def topics_of(workspace: Any) -> list[tuple[str, str]]:
    """The topics on offer in a workspace."""
    return [topic for provider in _topics for topic in provider(workspace)]


def chunk_hooks() -> list[Hook]:
    """The hooks to call after each chunk."""
    return list(_after_chunk.values())


def protecting_hooks() -> list[Hook]:
    """The hooks to call before an undo."""
    return list(_protect.values())


def _register(hooks: dict[str, Hook], name: str, hook: Hook) -> None:
    if hooks.get(name, hook) is not hook:
        raise ValueError(f"two import hooks are called {name}")
    hooks[name] = hook
