"""From a person's numbers to what is to be said of each: naming, replaying, judging."""
