"""Which company of a partner's list is which account of ours, with the evidence, and how sure that is.

Normalise, find the few candidates, compare them, explain: no input or output, the same answer for the same lists.
"""

from bot.matching.everyone import match
from bot.matching.index import Index
from bot.matching.listed import Listed
from bot.matching.names import Name, named
from bot.matching.values import Band, Match, Verdict
from bot.matching.websites import domain

__all__ = ["Band", "Index", "Listed", "Match", "Name", "Verdict", "domain", "match", "named"]
