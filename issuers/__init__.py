"""Who issues: import, issue, ledger and print."""
