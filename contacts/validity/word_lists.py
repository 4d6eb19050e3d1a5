"""The short lists beside this module, a word a line."""

from pathlib import Path


def word_list(name: str) -> tuple[str, ...]:
    """The words of `NAME.txt`, in the order of the file."""
    return tuple((Path(__file__).parent / f"{name}.txt").read_text(encoding="ascii").split())
