"""What models read of a record, as it could be known at one moment. Names, SQL and words; no Django, no database."""
