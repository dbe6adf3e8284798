"""What is signed: the credential and its two sealed forms."""
