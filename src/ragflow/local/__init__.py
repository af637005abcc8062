"""The embedded server: a small RAGFlow-compatible service on one SQLite file (extra ``local``)."""
