"""How a worked line prints: symbols from a notation, a rule printed once, the names or the numbers put in."""
