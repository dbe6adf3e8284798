"""The registry's API for issuers: who may ask, in what words, and what is remembered of it."""
