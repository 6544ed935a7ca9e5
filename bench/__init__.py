"""Performance harnesses, run by ``make bench``."""
