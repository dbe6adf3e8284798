"""Witnesses of a log: what is said between log and witness, who cosigns, and how a log gathers cosignatures."""
