"""What is known of GoQuorum, as tables with their sources."""
