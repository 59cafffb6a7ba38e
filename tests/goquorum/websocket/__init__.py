"""Tests of quorumha.goquorum.websocket."""
