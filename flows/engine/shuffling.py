"""Chance that can be repeated: drawn from the session's seed by HMAC-SHA256."""

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from flows.engine.flow import Step
from flows.engine.intake import Block
from flows.engine.state import State


def draw_variant(step: Step, state: State) -> str:
    """The key of the step's variant in this session."""
    weights = [int(one["weight"]) for one in step.variants]
    if not sum(weights):
        return str(step.variants[0]["key"])
    left = int.from_bytes(_digest(state, f"variant:{step.key}")[:8], "big") % sum(weights)
    for variant, weight in zip(step.variants, weights, strict=True):
        if left < weight:
            return str(variant["key"])
        left -= weight
    raise AssertionError("weights add up to more than what is left")


def choice_order(block: Block, visible: Sequence[str], state: State) -> list[str]:
    """The visible choices in the order in which they are shown."""
    if block.get("randomize", "none") == "none":
        return list(visible)
    by_visit = f"{state.visit}:" if block.get("randomize_seed") == "step" else ""
    pinned = list(visible[-1:]) if block["randomize"] == "except_last" else []
    free = list(visible[: len(visible) - len(pinned)])
    return sorted(free, key=lambda key: _digest(state, f"order:{block['key']}:{by_visit}{key}")) + pinned


def _digest(state: State, message: str) -> bytes:
    return hmac.digest(bytes.fromhex(state.seed), message.encode(), "sha256")


def shuffled(blocks: Sequence[Block], visible: Mapping[str, Sequence[str]], state: State) -> dict[str, Any]:
    """The order of choices of each block that is shuffled."""
    return {
        block["key"]: choice_order(block, visible[block["key"]], state)
        for block in blocks
        if block.get("randomize", "none") != "none" and block.get("key") in visible
    }
