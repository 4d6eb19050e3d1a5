"""The only errors that come out of the engine: each has a code that pages and programs rely on."""


class FlowError(Exception):
    """Something could not be read or computed; `code` says what (docs/flows.md)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
