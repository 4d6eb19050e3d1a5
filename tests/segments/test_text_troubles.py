"""What a typed rule gets wrong is all told, each with its sentence and the names there are."""

import pytest

from segments.builder.labels import Labels
from segments.builder.page import build_page
from segments.builder.text_troubles import TextTrouble, troubles_of
from segments.builder.tree import open_rule
from segments.language.problems import RuleError
from segments.language.text_parser import parse_text
from segments.language.validate import validate_rule
from tests.segments import vectors

REGISTRY = vectors.registry()


def troubles(text):
    rule = {}
    try:
        rule = parse_text(text)
        problems = validate_rule(rule, REGISTRY)
    except RuleError as error:
        problems = error.problems
    return troubles_of(text, rule, problems, REGISTRY)


@pytest.mark.parametrize(
    ("text", "named", "hint"),
    [
        ("attribute plam is set", "plam", "What there is: plan"),
        ("event order.plced", "order.plced", "What there is: order.placed"),
        ("consent email/cabin/marketing is granted", "cabin", "What there is: news, offers"),
        ("consent email/news/mailing is granted", "mailing", "What there is: marketing, tracking"),
        ("list nobody", "nobody", "What there is: customers, testers"),
        ("segment vip", "vip", "What there is: vips"),
        ("flow quizz", "quizz", "What there is: quiz"),
        ("engagement opened campaign sprig", "sprig", "What there is: spring"),
        ('attribute plan is "platinum"', "platinum", "What there is: basic, free, legacy, pro, team"),
        ('flow quiz outcome "hera"', "hera", "What there is: hero"),
        ("event login where (path is set)", "path", ""),
        ("flow quiz where (q9 is set)", "q9", "What there is: q4, q3, q2"),
    ],
)
def test_unknown_name_is_told_with_what_there_is(text, named, hint):
    assert troubles(text) == [TextTrouble(f"There is no “{named}” here.", text.replace('"hera"', "hera"), hint=hint)]


@pytest.mark.parametrize(
    ("text", "named", "hint"),
    [
        ('contact city is "Bonn"', "city", "country, created_at, first_name, imported_at, language, last_name, zone"),
        ("anniversary of contact born_at from 0 to 7", "born_at", "imported_at, created_at"),
        ("address mail", "mail", "email, messenger, push, sms, telegram, viber, voice, whatsapp"),
        ("address email status vaild", "vaild", "valid, invalid, dead, risky, unverified"),
        ("engagement read", "read", "bounced, clicked, complained, delivered, opened, sent, unsubscribed"),
    ],
)
def test_unknown_word_is_told_with_all_there_are(text, named, hint):
    assert troubles(text) == [TextTrouble(f"There is no “{named}” here.", text, hint=f"What there is: {hint}")]


def test_every_fault_is_told_and_five_are_enough():
    found = troubles(" and ".join(["list nobody", "attribute age > true", *["list nowhere"] * 7]))
    assert [one.sentence for one in found] == ["list nobody", "attribute age > true", *["list nowhere"] * 3]
    assert found[1].text == "A value is of the wrong kind, such as a word where a number belongs."


def test_unreadable_text_is_marked_where_reading_ends():
    [found] = troubles("everyone and or")
    assert (found.before, found.after) == ("everyone and ", "or")


@pytest.mark.parametrize(
    ("text", "warns"),
    [
        ('attribute plan is not "pro"', True),
        ('not attribute plan is "pro"', True),
        ('not attribute plan is not "pro"', False),
        ('attribute plan is "pro"', False),
        ("attribute plan is empty", False),
        ("not attribute plan is set", False),
        ('tags has none ("vip")', True),
        ('contact country not in ("NZ")', True),
        ("not event login", False),
    ],
)
def test_sentence_that_holds_without_a_value_says_so(text, warns):
    labels = Labels(registry=REGISTRY, attributes={"plan": "Plan"}, events={"login": "Login"})
    root = build_page(open_rule(parse_text(text)), labels, [])
    assert [row.holds_without for row in root.rows] == [warns]
