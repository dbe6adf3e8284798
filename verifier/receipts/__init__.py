"""Receipts: what was checked, when, against what, and what the answer was; signed, and given to the one who asked."""
