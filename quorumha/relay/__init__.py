"""Layer 4: connections passed on byte for byte, to the first upstream that can be reached."""
