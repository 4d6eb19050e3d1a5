"""Mail that came back, from wherever it was fetched."""

from delivery.receipts.applying import Effect, take_receipt
from delivery.receipts.reading import read_report


def take_mail(raw: bytes, *, recipient: str = "") -> Effect:
    """Note what one returned mail says. `recipient` is its envelope recipient where known.

    Only database errors are raised: any bytes may come in.
    """
    return take_receipt(read_report(raw, recipient=recipient))
