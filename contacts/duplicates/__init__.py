"""Who may be one person, and what is kept when they become one."""
