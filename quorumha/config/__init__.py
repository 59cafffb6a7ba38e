"""What an operator writes: values, and errors that name file, line and key.

L{model} is the vocabulary, L{load} turns TOML (or JSON) into it, or into one
L{quorumha.errors.ConfigError} with everything that is wrong.  What listeners may serve, and how pools may be
checked, it gets as kinds: L{kind}.
"""

from quorumha.config.kind import CheckKind, Kinds, ListenerKind
from quorumha.config.model import (
    CheckConfig,
    ClientTLS,
    Config,
    ListenerConfig,
    PoolConfig,
    ServerTLS,
    UpstreamConfig,
)

__all__ = [
    "CheckConfig",
    "CheckKind",
    "ClientTLS",
    "Config",
    "Kinds",
    "ListenerConfig",
    "ListenerKind",
    "PoolConfig",
    "ServerTLS",
    "UpstreamConfig",
]
