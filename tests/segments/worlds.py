"""A random universe in memory and in the database at once."""

import dataclasses

from contacts.models import Contact
from tests.segments import vectors
from tests.segments.oracle import Oracle
from tests.segments.random_world import make_universe
from tests.segments.universe import load_universe


class World:
    """The universe of a number: its data, its rows, and a plain reading of it."""

    def __init__(self, number, data=None):
        self.data = data or make_universe(number)
        self.workspace, self.numbers = load_universe(self.data, slug=f"universe-{number}")
        self.contacts = list(Contact.objects.filter(workspace=self.workspace).order_by("external_id"))

    def registry(self, segments):
        """What rules may name, with these segments."""
        return dataclasses.replace(vectors.registry(self.numbers, self.data), segments=segments)

    def oracle(self, segments, moment, zones):
        """The plain reading at an instant."""
        names = self.data["registry"] | {"segments": segments}
        return Oracle(self.data | {"registry": names}, moment, zones)
