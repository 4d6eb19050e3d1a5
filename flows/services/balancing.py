"""The balance of a published version, measured once in the background so that it is there when somebody looks."""

from flows.checking.balancing import measure
from flows.documents import read_json
from flows.models import FlowVersion

SECONDS = 60.0


def measure_balance(*, version_id: int) -> None:
    """Send pretend people through a version and keep what they came to. Asked again, it does nothing.

    A wake-up that is lost costs only time: the page then sends them when somebody asks.
    """
    version = FlowVersion.objects.filter(pk=version_id, balance={}).first()
    if version is None:
        return
    figures = measure(read_json(version.document), seconds=SECONDS)
    FlowVersion.objects.filter(pk=version_id).update(balance=figures)
