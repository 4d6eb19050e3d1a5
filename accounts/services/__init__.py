"""What can be done with users, workspaces and keys."""
