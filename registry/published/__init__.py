"""Published lists as people work with them: history, differences, drafts, pages."""
