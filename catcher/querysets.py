"""Reads of caught mail."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat


class CaughtMessageQuerySet(models.QuerySet[Any]):
    """Caught mail."""

    def newest_first(self) -> Self:
        """For lists: without the bytes, in the order of arrival turned round."""
        return self.defer("source").order_by("-id")

    def matching(self, words: str) -> Self:
        """Mail in which every word stands in an address or the subject; all mail when there is no word."""
        found = self.annotate(
            envelope=Concat(
                F("sender"),
                Value(" "),
                Func(F("recipients"), Value(" "), function="array_to_string", output_field=models.TextField()),
                output_field=models.TextField(),
            )
        )
        for word in words.split()[:10]:
            found = found.filter(
                Q(subject__icontains=word)
                | Q(from_header__icontains=word)
                | Q(to_header__icontains=word)
                | Q(envelope__icontains=word)
            )
        return found
