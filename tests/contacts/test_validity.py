"""Typing errors, roles and disposable domains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.validity import disposable
from contacts.validity.disposable import disposable_domains, is_disposable
from contacts.validity.flags import flags_of
from contacts.validity.roles import is_role
from contacts.validity.typos import COMMON, REAL, Suggester, edits, suggest_email

COMMON_ONLY = Suggester()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("mgail.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmial.cmo", "gmail.com"),
        ("hotmial.fr", "hotmail.fr"),
        ("yaho.co.uk", "yahoo.co.uk"),
        ("outlok.com", "outlook.com"),
        ("gogglemial.com", "googlemail.com"),
        ("lake-cabins.con", "lake-cabins.com"),
    ],
)
def test_a_mistyped_domain_is_mended(typed, meant):
    assert COMMON_ONLY.suggest(typed) == meant


@pytest.mark.parametrize(
    "real",
    [
        "",
        *[
            "gmx.com",
            "mail.com",
            "ymail.com",
            "email.com",
            "hotmail.no",
            "outlook.co.nz",
            "cloud.com",
            "me.com",
            "aol.de",
            "lake.example",
            "gmail.example",
            "qmail.com",
            "yahoo.com.ph",
            "co.com",
            "orangerie.fr",
            "x",
            ".com",
            "a.",
        ],
    ],
)
def test_a_real_domain_raises_no_alarm(real):
    assert COMMON_ONLY.suggest(real) == ""


def test_no_known_domain_is_a_misspelling_of_another():
    assert [domain for domain in (*COMMON, *sorted(REAL)) if COMMON_ONLY.suggest(domain)] == []


def test_a_workspaces_own_domain_is_known_and_mends_the_rare():
    own = Suggester(["harbour-rowing.nz"])

    assert own.suggest("harbour-rowng.nz", 2) == "harbour-rowing.nz"
    assert own.suggest("harbour-rowng.nz", 4) == ""
    assert own.suggest("harbour-rowing.nz") == ""
    assert COMMON_ONLY.suggest("harbour-rowng.nz") == ""


def test_a_suggestion_keeps_the_part_before_the_at():
    assert suggest_email("ada+news@gmial.com") == "ada+news@gmail.com"
    assert suggest_email("ada@gmail.com") == ""


@given(st.text(max_size=30))
def test_no_text_breaks_a_suggestion_and_none_suggests_itself(text):
    assert COMMON_ONLY.suggest(text) != text or text == ""


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_edits_are_symmetric_and_nought_only_for_the_same(one, other):
    assert edits(one, other, 9) == edits(other, one, 9)
    assert (edits(one, other, 9) == 0) == (one == other)
    assert edits(one, other, 1) == min(edits(one, other, 9), 2)


@pytest.mark.parametrize(("one", "other", "count"), [("gmial", "gmail", 1), ("ab", "ba", 1), ("ca", "abc", 3)])
def test_edits_counts_a_swap_once_and_edits_no_part_twice(one, other, count):
    assert edits(one, other, 5) == count


def test_a_role_is_told_whatever_follows_the_plus():
    assert is_role("info@lake.example")
    assert is_role("no-reply+42@lake.example")
    assert not is_role("information@lake.example")
    assert not is_role("ada.info@lake.example")


def test_disposable_domains_are_known_with_what_lies_under_them():
    assert is_disposable("yopmail.com")
    assert is_disposable("box.yopmail.com")
    assert not is_disposable("gmail.com")
    assert not is_disposable("com")


def test_the_operators_file_adds_domains(settings, tmp_path):
    own = tmp_path / "own.txt"
    own.write_text("# ours\nThrow.Example # why\n@away.example\nnonsense\ngmail.com\n")
    settings.DISPOSABLE_DOMAINS_FILE = str(own)
    disposable_domains.cache_clear()
    try:
        assert is_disposable("throw.example")
        assert is_disposable("away.example")
        assert not is_disposable("gmail.com")
    finally:
        disposable_domains.cache_clear()


def test_a_file_that_cannot_be_read_adds_nothing(tmp_path):
    assert disposable._own_list(str(tmp_path / "missing.txt")) == frozenset()


def test_flags_name_what_stands_out():
    assert flags_of("ada@gmail.com") is None
    assert flags_of("info@yopmail.com") == ["disposable", "role"]
    assert flags_of("info@gmial.com") == ["role", "typo"]
    assert flags_of("ada@gmial.com", is_right=True) in (None, ["disposable"])
