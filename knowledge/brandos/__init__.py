"""The Brand OS: what is known of a client as typed records, each with its sources and its times."""
