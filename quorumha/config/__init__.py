"""What an operator writes: values, and errors that name file, line and key.

L{model} is the vocabulary, L{load} turns TOML (or JSON) into it, or into one L{ConfigError
<quorumha.errors.ConfigError>}.  What listeners serve, and how pools are checked, are kinds: L{kind}.
"""
