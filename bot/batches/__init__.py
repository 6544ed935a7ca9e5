"""Many records written on one approval: the lines, what is still doubtful, how they are written, what became of each."""
