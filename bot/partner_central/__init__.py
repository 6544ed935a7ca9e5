"""AWS Partner Central through boto3, as the approving person.

AWS takes one write a second from a whole partner account, answers HTTP 200 to a submission that it refuses, and shows
a new opportunity only after some seconds. ``ClientToken`` is bound to the exact body it was first sent with.
"""

from bot.partner_central.account import PartnerCentral

__all__ = ["PartnerCentral"]
