"""What came of a flow: counts for its report, single responses, and files of them."""
