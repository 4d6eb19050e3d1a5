"""The database that figures share: migrated once, with a workspace, and files made on the way."""

import random
from collections.abc import Iterator
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django has to be set up first
from django.db import connection  # noqa: E402

from accounts.models import Membership, Role, User, Workspace  # noqa: E402

FIRST = (
    "Ada Aroha Björk Chidi Dmitri Elif Fatima Giulia Hēmi Ines Jan Keiko Lina Łukasz Mei Ngaio Olga Priya Quinn Rosa"
)
LAST = "Lovelace Ngata Jónsdóttir Okafor Petrov Yılmaz Haddad Rossi Whaanga Silva Novák Tanaka Müller Wójcik Chen Tūhoe"
PLACES = (
    ("NZ", "en-NZ", "Pacific/Auckland", "+6421", 6),
    ("DE", "de", "Europe/Berlin", "+49151", 8),
    ("PL", "pl", "Europe/Warsaw", "+48601", 6),
    ("RU", "ru", "Europe/Moscow", "+7916", 7),
    ("GB", "en-GB", "Europe/London", "+44791", 7),
)
HEADINGS = "customer id,email,first name,last name,phone,language,time zone,country,tags,last stay,visits,plan"


class Bench:
    """What a figure gets: the size to measure at, a directory, a workspace and its owner."""

    def __init__(self, rows: int, home: Path) -> None:
        self.rows = rows
        self.home = home
        call_command("migrate", verbosity=0)
        self.workspace = Workspace.objects.create(name="Bench", slug="bench", time_zone="Pacific/Auckland")
        self.owner = User.objects.create_user("bench@example.org", "correct horse battery", name="Bench")
        Membership.objects.create(workspace=self.workspace, user=self.owner, role=Role.OWNER)

    def people_file(self) -> Path:
        """A CSV file of `rows` people in 12 columns; the same every time."""
        path = self.home / "people.csv"
        if not path.exists():
            with path.open("w", encoding="utf-8") as file:
                file.write(HEADINGS + "\n")
                file.writelines(_people(self.rows))
        return path

    def have_contacts(self) -> None:
        """Import the people's file unless all of them are here; vacuumed, as autovacuum would have done by then."""
        from bench.figures.import_contacts import import_file
        from contacts.models import Contact

        if Contact.objects.in_workspace(self.workspace).count() != self.rows:
            self.reset()
            import_file(self, self.people_file())
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE) contacts_contact, contacts_address, events_event")

    def reset(self) -> None:
        """An empty workspace, as good as new."""
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE contacts_contact, contacts_address, contacts_import, contacts_tombstone, events_event,"
                " events_eventsummary CASCADE"
            )
            cursor.execute("CHECKPOINT")


def _people(count: int) -> Iterator[str]:
    chance = random.Random(20261121)
    first, last = FIRST.split(), LAST.split()
    for number in range(count):
        country, language, zone, prefix, digits = PLACES[chance.randrange(len(PLACES))]
        given, family = chance.choice(first), f"{chance.choice(last)}{chance.randrange(2000)}"
        phone = f"{prefix}{number % 10**digits:0{digits}d}"
        letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
        yield (
            f"C{number},{letter}{number}.{number % 97}@mail{number % 5000}.example,"
            f"{given},{family},{phone},{language},{zone},{country},{'vip|beach' if number % 9 == 0 else 'news'},"
            f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d},{number % 40},{('free', 'pro', 'team')[number % 3]}\n"
        )
