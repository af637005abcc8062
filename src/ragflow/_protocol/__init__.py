"""The RAGFlow protocol without input or output: bytes and values in, values out."""
