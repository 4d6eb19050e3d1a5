"""REST: segments and lists."""
