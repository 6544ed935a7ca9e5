"""Every file here is one kind of action, and nothing else."""
