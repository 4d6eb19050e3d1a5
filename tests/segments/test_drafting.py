"""Unsaved work is kept, apart from what is live."""

import pytest

from segments import services
from segments.language.text_parser import parse_text
from segments.models import Segment, SegmentDraft
from segments.services.drafting import MAX_NEW_DRAFTS

pytestmark = pytest.mark.django_db
ROOT = {"all": [{"kind": "contact", "field": "country", "op": "eq", "value": "NZ"}]}


@pytest.fixture
def germans(workspace):
    return Segment.objects.create(workspace=workspace, name="Germans", key="germans", rule=parse_text("everyone"))


def keep(workspace, user, root=ROOT, name="", **more):
    return services.keep_draft(workspace=workspace, user=user, work=services.Work(root, name), **more)


def test_one_draft_of_each_person_for_a_segment(workspace, owner, teammate, germans):
    keep(workspace, owner, segment=germans, base_version=1)
    again = keep(workspace, owner, {"any": []}, "Mine", segment=germans, base_version=1)
    keep(workspace, teammate, segment=germans, base_version=1)
    assert SegmentDraft.objects.count() == 2
    assert (again.root, again.name) == ({"any": []}, "Mine")
    germans.refresh_from_db()
    assert germans.rule == parse_text("everyone")


def test_new_segments_have_drafts_of_their_own_and_the_oldest_gives_way(workspace, owner, teammate):
    first = keep(workspace, owner, name="1")
    assert keep(workspace, owner, name="one", draft=first.public_id).pk == first.pk
    # Somebody else's draft is not theirs to go on with.
    assert keep(workspace, teammate, name="stolen", draft=first.public_id).pk != first.pk
    for number in range(MAX_NEW_DRAFTS):
        keep(workspace, owner, name=str(number))
    assert SegmentDraft.objects.filter(user=owner).count() == MAX_NEW_DRAFTS
    assert not SegmentDraft.objects.filter(pk=first.pk).exists()


@pytest.mark.parametrize("text", ["\x00", "\ud800", "\udfff!"])
def test_what_no_database_keeps_is_not_kept(workspace, owner, text):
    root = {"all": [{"kind": "contact", "field": "country", "op": "eq", "value": text}]}
    assert keep(workspace, owner, root) is None
    assert keep(workspace, owner, name=text) is None
    assert not SegmentDraft.objects.exists()


def test_emoji_is_kept(workspace, owner):
    assert keep(workspace, owner, name="🙂").name == "🙂"


def test_discarding_takes_only_ones_own(workspace, owner, teammate, germans):
    keep(workspace, owner, segment=germans)
    theirs = keep(workspace, teammate, name="Theirs")
    assert services.discard_draft(workspace=workspace, user=owner, segment=germans)
    assert not services.discard_draft(workspace=workspace, user=owner, draft=theirs.public_id)
    assert SegmentDraft.objects.get() == theirs
