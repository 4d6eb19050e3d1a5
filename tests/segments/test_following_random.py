"""Whatever changes and however time passes, what was noted is what the rule says, and the record tells how it came.

`FOLLOWING_EXAMPLES` and `FOLLOWING_FIRST` make a longer run, and one over other people.
"""

import datetime as dt
import os
from random import Random

import pytest
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from consent.models import ConsentState
from contacts.models import Address, Contact
from core.folding import fold_texts
from delivery.models import Message, MessageFact
from events.models import Event
from flows.models import Submission
from segments import services
from segments.language.compile import compile_rule
from segments.language.scope import Scope
from segments.models import Following, ListMember, MemberChange, Segment, SegmentMember
from segments.services import following, rounds
from segments.services.saving import storable_rule
from tests.segments.random_rules import rules
from tests.segments.random_world import REGISTRY, ZONES
from tests.segments.worlds import World

FIRST = int(os.environ.get("FOLLOWING_FIRST", "501"))
EXAMPLES = int(os.environ.get("FOLLOWING_EXAMPLES", "12"))
SPANS = [
    dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(minutes=30), dt.timedelta(hours=1),
    dt.timedelta(hours=13), dt.timedelta(days=1), dt.timedelta(days=8), dt.timedelta(days=45),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        loaded = World(FIRST)
        # Here the clock is behind: whatever is still to come was written down before its time.
        Event.objects.filter(workspace=loaded.workspace).update(recorded_at=F("at") - dt.timedelta(days=900))
        yield loaded
        loaded.workspace.delete()


class Changes:
    """Random changes of one workspace's data, near an instant."""

    def __init__(self, world, clock, seed):
        self.world = world
        self.clock = clock
        self.random = Random(seed)
        self.people = list(world.contacts)

    def near(self, moment):
        spans = [dt.timedelta(hours=2), dt.timedelta(minutes=1), dt.timedelta(), -dt.timedelta(minutes=20)]
        return moment - self.random.choice([*spans, dt.timedelta(days=7), -dt.timedelta(hours=3)])

    def one(self, moment):
        """Change something of somebody."""
        person = self.random.choice(self.people)
        way = self.random.choice(
            [self.event, self.details, self.zone, self.address, self.consent, self.list, self.sent, self.fact,
             self.submission, self.newcomer, self.gone, self.unsaid]
        )  # fmt: skip
        way(person, self.near(moment))

    def event(self, person, at):
        made = Event.objects.create(workspace=self.world.workspace, kind=self.random.choice(list(REGISTRY["events"])),
                             contact_id=person.pk, at=at, properties={"number": self.random.randint(0, 3)})  # fmt: skip
        Event.objects.filter(pk=made.pk).update(recorded_at=min(at, self.clock[0]))

    def details(self, person, at):
        text = self.random.choice(["Straße", "x", "José"])
        attributes = {"text": text, "number": self.random.randint(-1, 3), "moment": f"{at:%Y-%m-%dT%H:%M:%SZ}",
                      "day": at.date().isoformat(), "flag": self.random.random() < 0.5}  # fmt: skip
        Contact.objects.filter(pk=person.pk).update(attributes=attributes, folded=fold_texts({"text": text}))

    def zone(self, person, at):
        Contact.objects.filter(pk=person.pk).update(time_zone=self.random.choice(ZONES))

    def address(self, person, at):
        rows = Address.objects.filter(contact=person)
        if self.random.random() < 0.5:
            rows.update(status="dead")
        else:
            rows.delete()

    def consent(self, person, at):
        state = self.random.choice(["granted", "withdrawn", "pending"])
        ConsentState.objects.filter(contact=person).update(state=state, changed_at=at, expires_at=at)

    def unsaid(self, person, at):
        ConsentState.objects.filter(contact=person).delete()

    def list(self, person, at):
        listed = self.random.choice(list(self.world.numbers.lists.values()))
        if not ListMember.objects.filter(list_id=listed, contact=person).delete()[0]:
            ListMember.objects.create(workspace=self.world.workspace, list_id=listed, contact=person, added_at=at)

    def sent(self, person, at):
        Message.objects.filter(contact=person).update(status=self.random.choice(["sent", "failed"]), settled_at=at)

    def fact(self, person, at):
        message = Message.objects.filter(contact=person).first()
        action = self.random.choice(["opened", "clicked", "bounced", "delivered"])
        if message is not None:
            MessageFact.objects.get_or_create(
                workspace=self.world.workspace, message=message, dispatch=message.dispatch, contact=person,
                channel=message.channel, action=action, verdict="human", link=-1, defaults={"at": at, "last_at": at},
            )  # fmt: skip

    def submission(self, person, at):
        flow = self.random.choice(list(self.world.numbers.flows.values()))
        Submission.objects.create(workspace=self.world.workspace, flow_id=flow, contact=person, at=at,
                                  status=self.random.choice(["completed", "partial"]), score=7.5)  # fmt: skip

    def newcomer(self, person, at):
        made = Contact.objects.create(workspace=self.world.workspace, first_name="x", country="DE", bucket_seed=7)
        self.people.append(made)

    def gone(self, person, at):
        self.people.remove(person)
        Contact.objects.filter(pk=person.pk).delete()


def registry(world):
    """What the world's rules may name, with every segment there is."""
    return world.registry(dict(Segment.objects.filter(workspace=world.workspace).values_list("key", "rule")))


def evaluated(world, segment, moment):
    compiled = compile_rule(segment.rule, Scope(world.workspace.pk, moment, registry(world)))
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        return {row[0] for row in cursor.fetchall()}


def noted(segment):
    return set(SegmentMember.objects.filter(segment=segment).values_list("contact_id", flat=True))


def replayed(segment):
    """Who is in by the record alone; somebody only comes in who was out, and the other way round."""
    inside = set()
    for contact_id, change in (
        MemberChange.objects.filter(segment=segment).order_by("id").values_list("contact_id", "change")
    ):
        assert (contact_id in inside) == (change == "left")
        (inside.add if change == "entered" else inside.remove)(contact_id)
    return inside & set(Contact.objects.filter(workspace=segment.workspace).values_list("pk", flat=True))


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    # Each step asks the database a dozen times: making a failing example smaller would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    st.lists(rules(), min_size=1, max_size=2),
    st.integers(0, 2),
    st.lists(st.tuples(st.sampled_from(SPANS), st.integers(0, 3)), min_size=1, max_size=5),
    st.integers(0, 10_000),
    # How those who changed are asked about: by their ids, by a table of them, or among everybody.
    st.sampled_from([(500, 20), (0, 0), (0, 20)]),
)
def test_what_was_noted_is_what_the_rules_say(world, drawn, when, steps, seed, few_and_part):
    clock = [world.data["nows"][when] - dt.timedelta(hours=3)]
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(rounds, "present", lambda: clock[0])
        patch.setattr(rounds, "registry_of", lambda _workspace: registry(world))
        patch.setattr(following, "SLOW_EVERY", dt.timedelta())
        patch.setattr(following, "_FEW", few_and_part[0])
        patch.setattr(following, "_LARGE_PART", few_and_part[1])
        live_through(world, drawn, clock, steps, Changes(world, clock, seed))
        transaction.set_rollback(True)


def live_through(world, drawn, clock, steps, changes):
    # Nothing of ours says of a message what is still to come.
    MessageFact.objects.filter(last_at__gt=clock[0]).update(at=clock[0], last_at=clock[0])
    followed = follow_all_of(world, drawn)
    for span, number in steps:
        clock[0] += span
        for _time in range(number):
            changes.one(clock[0])
        services.follow_workspace(world.workspace)
        for segment in followed:
            assert noted(segment) == evaluated(world, segment, clock[0]), segment.rule
            assert replayed(segment) == noted(segment)
    clock[0] += dt.timedelta(hours=27)
    services.follow_workspace(world.workspace)
    assert not Following.objects.filter(drift__gt=0).exists()


def follow_all_of(world, drawn):
    """Segments with the rules and with those they name, filled."""
    followed = []
    for place, (rule, segments) in enumerate(drawn):
        renamed = {key: f"{key}-{place}" for key in segments}
        for key, inner in segments.items():
            text = storable_rule(inner)
            followed.append(make(world, renamed[key], with_keys(text, renamed)))
        followed.append(make(world, f"whole-{place}", with_keys(storable_rule(rule), renamed)))
    services.follow_workspace(world.workspace)
    return followed


def make(world, key, rule):
    return Segment.objects.create(workspace=world.workspace, name=key, key=key, rule=rule)


def with_keys(node, renamed):
    """The rule with the segments it names under their new keys."""
    if isinstance(node, list):
        return [with_keys(one, renamed) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: with_keys(value, renamed) for name, value in node.items()}
    return made | {"key": renamed[node["key"]]} if node.get("kind") == "segment" else made
