"""Where apps above contacts take part in an import. Filled in `AppConfig.ready()`; the hooks write SQL for sets.

`after_chunk` hooks run inside the transaction of every chunk, so that what they write is there exactly when the
contacts are. They are called as `hook(cursor, import_, table)`: `table` is a temporary table

    (row_number bigint, contact_id bigint, outcome text)   outcome: created | updated | unchanged

with one line for each row of the file that reached a contact (rejected rows are left out, and where a column says
yes or no to consent, so are rows that do not say yes); the cursor is psycopg's through Django. `import_.options`
holds what the person chose: `topic` (public id or ""), `consent_source`, `consent_at` (ISO date), beside `mode`.
The hooks are called only when there is a topic.

`protect` hooks run before an undo removes contacts, called as `hook(cursor, import_, table)` with a table

    (contact_id bigint primary key, kept text null)

They set `kept` to a word for each contact that must stay, such as one that has been written to.

`offer_topics` names the topics a person may choose from when consent comes with a file.
"""

from collections.abc import Callable, Sequence
from typing import Any

Hook = Callable[[Any, Any, str], None]

Topics = Callable[[Any], Sequence[tuple[str, str]]]

_topics: list[Topics] = []
_after_chunk: dict[str, Hook] = {}
_protect: dict[str, Hook] = {}


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
