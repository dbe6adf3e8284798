"""Tables of spreadsheet programs, read within bounds and written so that no cell is ever a formula."""
