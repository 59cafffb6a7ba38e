"""PostgreSQL behind Tessera: who is its one writer, and sessions that go to nobody else."""
