"""Pages of consent: what people see of themselves, and what a workspace sees of them."""
