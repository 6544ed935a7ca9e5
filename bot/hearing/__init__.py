"""What people in a deal channel call for, heard from their words: precise rules, no model.

A card is proposed only when somebody clearly calls for it: not for questions, things done, denied, supposed, quoted,
put off or said of another deal. ``clauses`` holds how a clause is meant; each kind has its own small grammar.
"""

from bot.hearing.fields import field_changes
from bot.hearing.meeting import MeetingAsk, meeting_ask, meeting_request
from bot.hearing.referral import calls_for_referral

__all__ = ["MeetingAsk", "calls_for_referral", "field_changes", "meeting_ask", "meeting_request"]
