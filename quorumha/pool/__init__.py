"""Members: who they are, what is known of them, whose turn it is."""
