"""One parser per file format, each turning bytes into sections of text."""
