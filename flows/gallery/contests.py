"""A contest from a few answers: dates, prize, sponsor and age put into a document of the gallery."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from flows.gallery import document_of, put_dates


@dataclass(frozen=True)
class ContestWish:
    """What somebody wants of their contest. Times are aware; `zone` is the zone it runs in."""

    name: str
    prize: str
    quantity: Decimal
    opens_at: dt.datetime
    closes_at: dt.datetime
    zone: str
    sponsor: str
    min_age: Decimal
    verification: str
    claim_days: Decimal
    asks_for_news: bool


def contest_document(template: str, wish: ContestWish) -> Any:
    """The document of a contest of the gallery, as it is wished for."""
    document = document_of(template)
    contest = document["contest"]
    document["name"] = wish.name
    put_dates(contest, wish.opens_at, wish.closes_at)
    contest["timezone"] = wish.zone
    contest["verification"] = wish.verification
    contest["prizes"][0] |= {"name": wish.prize, "quantity": wish.quantity}
    contest["rules"]["sponsor"] = wish.sponsor
    if "draw" in contest:
        contest["draw"]["claim_days"] = wish.claim_days
    if wish.min_age > 0:
        contest["eligibility"] = {"min_age": wish.min_age}
        _ask_birthday(document)
    if not wish.asks_for_news:
        _leave_out_news(document)
    return document


def _ask_birthday(document: Any) -> None:
    """Age is judged by a day of birth, asked behind the e-mail address."""
    for step in document["steps"]:
        for place, block in enumerate(step["blocks"]):
            if block.get("contact_field") == "email":
                step["blocks"].insert(place + 1, {
                    "type": "date", "key": "birthday", "label": _("When were you born?"), "required": True,
                    "contact_field": "birth_date", "autocomplete": "bday",
                    "help": _("Only so that we know you are old enough."),
                })  # fmt: skip
                return


def _leave_out_news(document: Any) -> None:
    for step in document["steps"]:
        step["blocks"] = [block for block in step["blocks"] if block.get("key") != "news"]
        if "logic" in step:
            step["logic"] = [rule for rule in step["logic"] if rule.get("id") != "news"]
