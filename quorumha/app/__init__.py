"""What puts the parts together: a configuration becomes one service."""
