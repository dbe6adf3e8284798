"""What is published: the log, the status lists and the published lists; never the person."""
