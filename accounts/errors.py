"""What the services refuse, as a sentence for the person who asked."""


class AccountsError(Exception):
    """A refusal; `str()` is a full sentence in the active language that says what was kept."""
