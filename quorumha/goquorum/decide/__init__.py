"""Pure decisions: what follows from a call, and from what members answer."""
