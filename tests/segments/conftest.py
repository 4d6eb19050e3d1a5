import pytest

from tests.segments import vectors
from tests.segments.universe import load_universe


@pytest.fixture(scope="module")
def universe(django_db_setup, django_db_blocker):
    """(workspace, campaign ids) of the vectors, loaded once per module, which only reads it."""
    with django_db_blocker.unblock():
        workspace, campaigns = load_universe()
        yield workspace, vectors.registry(campaigns)
        workspace.delete()
