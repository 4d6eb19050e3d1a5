"""What apps above flows show inside a flow's pages, such as the state of somebody's entry. By type of block."""

from collections.abc import Callable

from flows.models import FlowSession

Panel = Callable[[FlowSession], list[str]]

_panels: dict[str, Panel] = {}


def on_panel(block_type: str, panel: Panel) -> None:
    """Have `panel` give the sentences (of a coupon: the codes) of blocks of this type. Each type has one."""
    if _panels.get(block_type, panel) is not panel:
        raise ValueError(f"panel {block_type} is taken")
    _panels[block_type] = panel


def panel_lines(block_type: str, session: FlowSession) -> list[str]:
    """What is to be shown to this session, nothing where nobody has something to say."""
    panel = _panels.get(block_type)
    return panel(session) if panel is not None else []
