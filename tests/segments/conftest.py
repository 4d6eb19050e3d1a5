import pytest
from django.db import connection

from tests.segments import vectors
from tests.segments.universe import load_universe


@pytest.fixture(scope="session")
def universe(django_db_setup, django_db_blocker):
    """(workspace, campaign ids) of the vectors, loaded once and left alone by the tests that read it."""
    with django_db_blocker.unblock():
        workspace, campaigns = load_universe()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield workspace, vectors.registry(campaigns)
        workspace.delete()
