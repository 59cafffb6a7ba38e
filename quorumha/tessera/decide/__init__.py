"""What follows for each call of Tessera: pure decisions."""
