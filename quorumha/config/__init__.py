"""What an operator writes: values, and errors that name file, line and key.

L{model} is the vocabulary, L{load_config} and L{parse_config} turn TOML (or
JSON) into it, or into one L{quorumha.errors.ConfigError} with everything that is wrong.
L{flags_to_toml} writes the TOML that command-line flags stand for.
"""

from quorumha.config.flags import flags_to_toml
from quorumha.config.load import load_config, parse_config
from quorumha.config.model import (
    CheckConfig,
    ClientTLS,
    Config,
    ForwardConfig,
    ListenerConfig,
    PoolConfig,
    RouteConfig,
    ServerTLS,
    UpstreamConfig,
)
from quorumha.config.tessera_model import TesseraConfig

__all__ = [
    "CheckConfig",
    "ClientTLS",
    "Config",
    "ForwardConfig",
    "ListenerConfig",
    "PoolConfig",
    "RouteConfig",
    "ServerTLS",
    "TesseraConfig",
    "UpstreamConfig",
    "flags_to_toml",
    "load_config",
    "parse_config",
]
