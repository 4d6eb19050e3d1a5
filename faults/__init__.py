"""The fault matrix: the promises of docs/sending.md, kept while everything around a sender breaks (docs/faults.md)."""
