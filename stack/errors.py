"""The one error of this package."""


class StackError(Exception):
    """Something a person has to mend. The message is one plain sentence, shown without a traceback."""
