"""Countries, languages and time zones: read as people write them, named in the reader's language."""

import pytest
from django.utils import translation

from contacts import places
from contacts.problems import Problem


@pytest.mark.parametrize(
    ("read", "text", "stored"),
    [
        (places.normalise_country, "nz", "NZ"),
        (places.normalise_country, "Deutschland", "DE"),
        (places.normalise_country, "Россия", "RU"),
        (places.normalise_country, "UK", "GB"),
        (places.normalise_language, "EN_nz", "en-NZ"),
        (places.normalise_language, "Deutsch", "de"),
        (places.normalise_language, "zh-hant-tw", "zh-Hant-TW"),
        (places.normalise_zone, "pacific/auckland", "Pacific/Auckland"),
        (places.normalise_zone, "america/new york", "America/New_York"),
    ],
)
def test_places_are_read_as_people_write_them(read, text, stored):
    assert read(text) == stored


def test_unknown_places_say_so():
    for read, text, code in (
        (places.normalise_country, "Atlantis", "country_unknown"),
        (places.normalise_language, "xq", "language_unknown"),
        (places.normalise_zone, "Mars/Olympus", "zone_unknown"),
    ):
        with pytest.raises(Problem) as raised:
            read(text)
        assert raised.value.code == code


@pytest.mark.parametrize(("language", "name"), [("en", "New Zealand"), ("ru", "Новая Зеландия"), ("ar", "نيوزيلندا")])
def test_country_is_named_in_the_readers_language(language: str, name: str) -> None:
    with translation.override(language):
        assert places.country_name("NZ") == name
        assert dict(places.country_choices())["NZ"] == name


@pytest.mark.parametrize("name", ["Czech Republic", "Czechia", "Чехия", "التشيك", "Tschechische Republik"])
def test_country_is_read_by_any_of_its_names(name: str) -> None:
    assert places.normalise_country(name) == "CZ"
