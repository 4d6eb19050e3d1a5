import pytest

from tests.segments import vectors
from tests.segments.universe import load_universe


@pytest.fixture(scope="module")
def universe(django_db_setup, django_db_blocker):
    """(workspace, registry) of the vectors, loaded once per module, which only reads it."""
    with django_db_blocker.unblock():
        workspace, numbers = load_universe()
        yield workspace, vectors.registry(numbers)
        workspace.delete()
