"""What quorumha knows of GoQuorum's JSON-RPC, and how calls are forwarded to nodes that share a key store."""
