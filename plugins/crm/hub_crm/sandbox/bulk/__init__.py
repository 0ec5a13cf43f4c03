"""The Bulk APIs' model: jobs, their tables of records, what became of each record."""
