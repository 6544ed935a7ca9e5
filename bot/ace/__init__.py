"""What AWS Partner Central accepts in a referral: its shapes, its business rules, its closed lists. Pure."""
