"""Pages of campaigns: listing, editing, reviewing and running."""
