"""Many checks at once: lines in, one answer for each, and a signed summary; nothing is stored."""
