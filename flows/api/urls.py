"""Addresses of flows and sessions in the API."""

from rest_framework.routers import SimpleRouter

from flows.api.flows import FlowResource
from flows.api.sessions import SessionResource

router = SimpleRouter(use_regex_path=False)
router.register("flows", FlowResource, basename="api-flow")
router.register("sessions", SessionResource, basename="api-session")

urlpatterns = router.urls
