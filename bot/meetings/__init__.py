"""A joint meeting in the bot's terms: who comes, when, what the invitation says, and how a card shows and asks it.

Facts in, values out; only ``booking`` touches a calendar. Finding common time is the business of ``bot.slots``.
"""
