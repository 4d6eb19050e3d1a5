"""Pages of senders and of the domains that vouch for them."""
