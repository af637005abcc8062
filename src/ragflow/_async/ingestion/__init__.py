"""Bulk ingestion: many files into one dataset, exactly once each."""
