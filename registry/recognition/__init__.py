"""Recognition of foreign qualifications: the lists, and what a holder could apply for."""
