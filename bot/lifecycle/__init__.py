"""The path of one action: listen, propose, decide, carry out, catch up."""
