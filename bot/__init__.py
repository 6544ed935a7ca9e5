"""A Slack bot that carries out co-sell actions: approved once, verified, audited."""
