"""Command-line pieces that `python -m finxfer` is put together from."""
