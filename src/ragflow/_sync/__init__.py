# Generated from src/ragflow/_async/__init__.py by tools/generate_sync.py. Do not edit.
"""The client and its resources."""
