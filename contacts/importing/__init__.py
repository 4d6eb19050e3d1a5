"""Reading a file of contacts: how it is written, what its columns are, and what each row becomes."""
