"""WebSockets: of clients, and to members for what they have subscribed to."""
