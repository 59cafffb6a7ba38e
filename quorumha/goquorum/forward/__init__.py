"""How calls go to members, and answers come back."""
