"""How calls of Tessera are forwarded that are not forwarded like others."""
