"""Files of contacts on their way out: which columns, from which statement, in which format."""
