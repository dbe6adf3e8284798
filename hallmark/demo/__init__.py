"""The demonstration: the whole job on real input files, and every answer checked against what was expected."""
