"""Who checks: evidence in, one verdict out."""
