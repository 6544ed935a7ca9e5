"""AWS Partner Central's Selling API on loopback, with AWS's rules, its quotas and its side of the work."""

from sandbox.partner_central.server import PartnerCentral

__all__ = ["PartnerCentral"]
