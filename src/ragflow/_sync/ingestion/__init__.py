# Generated from src/ragflow/_async/ingestion/__init__.py by tools/generate_sync.py. Do not edit.
"""Bulk ingestion: many files into one dataset, exactly once each."""
