"""Stand-ins of Slack, Salesforce, Google Calendar and AWS Partner Central, on loopback."""
