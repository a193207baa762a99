"""What a person may get wrong: the edits of a program's equations, and words for them."""
