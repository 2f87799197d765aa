"""Decision trees: questions about one feature at a time, until the answer is clear."""

__all__: list[str] = []
