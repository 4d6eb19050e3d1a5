"""What can be told of an address without writing to it: mistyped, shared by many, thrown away, unknown to DNS."""
