"""Which cells of a rejected row somebody has to look at, and the row with those cells mended. Pure."""

from collections.abc import Mapping, Sequence

from contacts.importing.batch import IDENTITIES
from contacts.importing.columns import Column
from contacts.importing.intake.kinds import NOT_AN_OBJECT

# What no cell can mend: the line itself is broken, or the person does not want to be here.
HOPELESS = frozenset({"row_long", "cell_long", "row_cells", "row_json", "erased", "restricted"})
_TAKEN = {f"{name}_taken": name for name in IDENTITIES}
DAMAGED = "\N{REPLACEMENT CHARACTER}"


def cells_at_fault(reason: str, column: str, cells: Sequence[str], columns: Sequence[Column]) -> list[int]:
    """The places of the cells to mend; none where mending a cell does not help. `column` is the one that was named."""
    if reason in HOPELESS:
        return []
    if reason == "encoding":
        return [place for place, cell in enumerate(cells[: len(columns)]) if DAMAGED in cell]
    if column:
        return [place for place, each in enumerate(columns) if each.heading == column][:1]
    wanted = {_TAKEN[reason]} if reason in _TAKEN else set(IDENTITIES)
    return [place for place, each in enumerate(columns) if each.target in wanted]


def mended_cells(cells: Sequence[str], edits: Mapping[int, str], width: int) -> list[str]:
    """The row with the edited cells in their places, and no cells behind the last column."""
    row = [cell for cell in cells if cell != NOT_AN_OBJECT][:width]
    row += [""] * (width - len(row))
    for place, text in edits.items():
        if 0 <= place < width:
            row[place] = text
    return row
