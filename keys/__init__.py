"""Who signs: keys, signatures and the roots of trust."""
