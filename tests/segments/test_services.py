"""Saving, deleting, counting and sampling."""

import pytest

from accounts.models import AuditEntry
from contacts.models import Attribute, Contact
from segments import services
from segments.language.problems import RuleError
from segments.language.registry import Registry
from segments.language.text_parser import parse_text
from segments.models import Segment
from segments.registry import choice_keys, register_campaign_names, registry_of
from segments.starters import STARTERS, starters_for
from tests.cast import make_contact

pytestmark = pytest.mark.django_db


def save(workspace, text, **given):
    values = {"name": given.pop("name", "Friends"), "rule": parse_text(text)}
    return services.save_segment(workspace=workspace, actor=None, values=values, **given)


@pytest.fixture
def people(workspace):
    return [make_contact(workspace, f"p{number}@example.org", country=country, bucket_seed=number * 1_000_003)
            for number, country in enumerate(["DE", "DE", "NZ"])]  # fmt: skip


def test_segment_is_saved_in_canonical_form_and_audited(workspace, owner):
    rule = parse_text('contact country is "DE"')
    segment = services.save_segment(workspace=workspace, actor=owner, values={"name": "Über uns!", "rule": rule})
    assert (segment.key, segment.rule, segment.version) == ("uber-uns", rule, 1)
    entry = AuditEntry.objects.get(workspace=workspace)
    assert (entry.action, entry.actor, entry.target) == ("segment.created", owner, "Über uns!")


def test_same_name_gets_another_key(workspace):
    assert [save(workspace, "everyone").key for _time in range(3)] == ["friends", "friends-2", "friends-3"]


def test_changed_rule_counts_up_and_forgets_the_count(workspace):
    segment = save(workspace, "everyone")
    Segment.objects.update(last_count=5)
    again = save(workspace, "everyone", segment=segment)
    assert (again.version, again.last_count) == (1, 5)
    changed = save(workspace, "not everyone", segment=segment, expected_version=1)
    assert (changed.version, changed.last_count) == (2, None)


def test_saving_over_somebody_elses_version_is_refused(workspace):
    segment = save(workspace, "everyone")
    save(workspace, "not everyone", segment=segment)
    with pytest.raises(services.SegmentChanged):
        save(workspace, "not not everyone", segment=segment, expected_version=1)
    assert Segment.objects.get().version == 2


def test_rule_that_would_reach_itself_is_refused(workspace):
    first = save(workspace, "everyone", name="First")
    save(workspace, "segment first", name="Second")
    with pytest.raises(RuleError) as caught:
        save(workspace, "segment second", name="First", segment=first)
    assert caught.value.problems[0].code == "segment_cycle"
    first.refresh_from_db()
    assert first.version == 1


def test_segment_used_by_another_is_not_deleted(workspace):
    first = save(workspace, "everyone", name="First")
    save(workspace, "segment first", name="Second")
    with pytest.raises(services.SegmentInUse) as caught:
        services.delete_segment(segment=first, actor=None)
    assert caught.value.users == ["Second"]
    assert Segment.objects.count() == 2


def test_segment_used_by_a_campaign_is_not_deleted(workspace):
    from campaigns.models import Campaign

    segment = save(workspace, "everyone")
    Campaign.objects.create(workspace=workspace, name="Spring", segment=segment)
    with pytest.raises(services.SegmentInUse) as caught:
        services.delete_segment(segment=segment, actor=None)
    assert caught.value.users == ["Spring"]
    assert Segment.objects.count() == 1


def test_unused_segment_is_deleted(workspace):
    services.delete_segment(segment=save(workspace, "everyone"), actor=None)
    assert not Segment.objects.exists()


def test_too_many_segments_are_refused(workspace, monkeypatch):
    monkeypatch.setattr("segments.services.saving.MAX_SEGMENTS", 1)
    save(workspace, "everyone")
    with pytest.raises(services.TooManySegments):
        save(workspace, "everyone")


def test_count_is_exact_and_stays_inside_the_workspace(workspace, people, other_workspace):
    make_contact(other_workspace, "x@example.org", country="DE")
    assert services.count_rule(workspace, parse_text('contact country is "DE"')) == services.Count(2)
    assert services.count_rule(other_workspace, parse_text("everyone")) == services.Count(1)


def test_sample_holds_members_only_with_their_reasons(workspace, people):
    examples = services.sample_rule(workspace, parse_text('contact country is "DE"'), expected=2)
    assert {one.contact.email for one in examples} == {"p0@example.org", "p1@example.org"}
    assert all(one.reason.result and one.reason.found == {"value": "DE"} for one in examples)


def test_sample_of_a_large_segment_falls_back_when_its_buckets_are_empty(workspace, people):
    assert len(services.sample_rule(workspace, parse_text("everyone"), expected=1_000_000, size=2)) == 2


def test_audience_can_be_embedded(workspace, people):
    from core.clock import now

    compiled = services.audience_sql(workspace, parse_text("everyone"), now())
    found = Contact.objects.raw(
        f"SELECT c.* FROM ({compiled.sql}) AS audience(contact_id)"
        " JOIN contacts_contact c ON c.id = audience.contact_id ORDER BY c.id",
        compiled.params,
    )
    assert list(found) == people


def test_audience_of_a_broken_rule_is_refused(workspace):
    from core.clock import now

    with pytest.raises(RuleError):
        services.audience_sql(workspace, parse_text("attribute gone is set"), now())


def test_segments_of_a_contact_leave_out_broken_ones(workspace, people, django_assert_max_num_queries):
    save(workspace, 'contact country is "DE"', name="Germans")
    save(workspace, 'contact country is "NZ"', name="Kiwis")
    Segment.objects.create(workspace=workspace, name="Lost", key="lost", rule=parse_text("attribute gone is set"))
    with django_assert_max_num_queries(20):
        found = services.segments_of_contact(workspace, people[0])
    assert [(segment.name, reason.result) for segment, reason in found] == [("Germans", True)]


@pytest.mark.parametrize(
    ("choices", "keys"),
    [(["a", "b"], ("a", "b")), ([{"key": "a", "label": "A"}, {"value": "b"}, {}], ("a", "b")), (None, ()), ([1], ())],
)
def test_choices_are_read_in_both_spellings(choices, keys):
    assert choice_keys(choices) == keys


def test_registry_knows_what_the_workspace_has(workspace, other_workspace):
    Attribute.objects.create(workspace=workspace, key="plan", label="Plan", type="choice", choices=["a", "b"])
    Attribute.objects.create(workspace=other_workspace, key="secret", label="Secret", type="text")
    registry = registry_of(workspace)
    assert registry.attributes.keys() == {"plan"}
    assert registry.attributes["plan"].options == ("a", "b")
    assert registry.zone == "Pacific/Auckland"
    assert registry.purposes == {"marketing", "tracking", "profiling"}
    assert "contact.created" in registry.events
    assert "Europe/Berlin" in registry.zones


def test_upper_layer_tells_campaign_names(workspace, monkeypatch):
    monkeypatch.setattr("segments.registry._campaign_names", [])
    register_campaign_names(lambda workspace_id: {"Spring": workspace_id})
    assert registry_of(workspace).campaigns == {"Spring": workspace.pk}


def test_starters_fit_what_there_is():
    bare = {starter.key for starter, _rule in starters_for(Registry(purposes=frozenset({"marketing"})))}
    assert bare == {"new", "engaged", "slipping", "never-opened", "no-phone"}
    from segments.language.registry import EventEntry, ValueType

    full = Registry(
        topics={"news": 1},
        purposes=frozenset({"marketing"}),
        attributes={"birthday": ValueType("date")},
        events={"order.placed": EventEntry()},
    )
    assert [starter for starter, _rule in starters_for(full)] == list(STARTERS)
