"""Many records on one approval: the rows, what is doubtful, how they are written, what became of each."""
