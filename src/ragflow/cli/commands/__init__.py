"""The commands and their options, by subject; what they do is imported when they run."""
