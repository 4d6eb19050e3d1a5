"""Pages of segments."""

from segments.views.building import create, detail
from segments.views.listing import contact_panel, delete, index
from segments.views.looking import check, preview

__all__ = ["check", "contact_panel", "create", "delete", "detail", "index", "preview"]
