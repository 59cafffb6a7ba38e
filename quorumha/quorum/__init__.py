"""What the field knows: what each call means, and so what may be done with it.

Policies, judges and routes; the connections are L{quorumha.http}'s.
"""
