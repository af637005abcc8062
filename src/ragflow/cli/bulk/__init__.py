"""What the commands for many files do."""
