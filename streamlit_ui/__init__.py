"""The pages: screens draw, view models decide, every word comes from the text files."""
