"""Makes the demo workspace, once or again."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection, transaction

from accounts.models import Membership, Role, User, Workspace
from accounts.scopes import ALL_SCOPES
from accounts.services import create_api_key
from accounts.services.api_keys import find_api_key
from campaigns.models import Campaign
from contacts.models import Address, Contact
from core.clock import now
from dashboard.demo.answers import write_answers
from dashboard.demo.campaigns import plan_next, prepare_desk, write_past
from dashboard.demo.consents import first_words, write_agreements, write_suppressions, write_topics
from dashboard.demo.contacts import write_activity, write_people
from dashboard.demo.credentials import Credentials, new_password, read_credentials, store_credentials
from dashboard.demo.flows import publish_flows
from dashboard.demo.people import PEOPLE, make_people
from dashboard.demo.removal import empty_workspace
from dashboard.demo.sizes import write_sizes
from delivery.models import Message, MessageFact
from events.models import Event

SLUG = "kea-cabins"
OWNER_EMAIL = "aroha@keacabins.example"
OWNER_NAME = "Aroha Ngata"
TIME_ZONE = "Pacific/Auckland"
LOCK = 0x6B65615F  # any number, the same for every loader


@transaction.atomic
def load_demo(*, reset: bool = False, people: int = PEOPLE) -> Credentials:
    """Make the workspace unless it is there, and return how to get in. With `reset` its contents are made anew.

    Two loaders at once wait for each other. The password and the key kept from an earlier load stay valid.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    workspace = Workspace.objects.filter(slug=SLUG).first()
    is_new = workspace is None
    if workspace is None:
        workspace = Workspace.objects.create(
            name="Kea Cabins",
            slug=SLUG,
            time_zone=TIME_ZONE,
            postal_address="12 Lakeside Road, Wānaka 9305, New Zealand",
        )
    credentials = _let_in(workspace)
    if reset and not is_new:
        empty_workspace(workspace)
    if reset or is_new:
        _fill(workspace, User.objects.get(email=credentials.email), people)
    transaction.on_commit(lambda: store_credentials(credentials))
    return credentials


def _let_in(workspace: Workspace) -> Credentials:
    """The owner and an API key: those that are kept when they still work, else new ones."""
    kept = read_credentials()
    owner = User.objects.filter(email=OWNER_EMAIL).first()
    if owner is None:
        # Who tries Rapport out runs what they try; a real installation names its operators (`manage.py operators`).
        values = {"name": OWNER_NAME, "time_zone": TIME_ZONE, "is_operator": not settings.PRODUCTION}
        owner = User.objects.create_user(OWNER_EMAIL, None, **values)
        EmailAddress.objects.create(user=owner, email=OWNER_EMAIL, primary=True, verified=True)
    Membership.objects.get_or_create(workspace=workspace, user=owner, defaults={"role": Role.OWNER})
    password = kept.password if kept else new_password()
    if not owner.check_password(password):
        owner.set_password(password)
        owner.save(update_fields=["password"])
    key = find_api_key(kept.api_key) if kept else None
    if kept and key and key.workspace_id == workspace.pk:
        return Credentials(OWNER_EMAIL, password, kept.api_key)
    _key, secret = create_api_key(workspace=workspace, name="Demo", scopes=ALL_SCOPES, created_by=owner)
    return Credentials(OWNER_EMAIL, password, secret)


def _fill(workspace: Workspace, owner: User, count: int) -> None:
    moment = now()
    people = make_people(moment, count)
    write_people(workspace, people)
    write_activity(workspace, people)
    topics = write_topics(workspace)
    agreements = first_words(people, moment)
    desk = prepare_desk(workspace, owner, topics)
    write_past(workspace, owner, desk, people, agreements)
    write_agreements(workspace, agreements, topics)
    write_suppressions(workspace, agreements, people)
    with connection.cursor() as cursor:
        for model in (Contact, Address, Event, Message, MessageFact, Campaign):
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')
    write_sizes(workspace, desk.segments.values())
    plan_next(workspace, owner, desk)
    write_answers(publish_flows(workspace, owner), people, moment)
