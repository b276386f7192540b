"""The reference interpreter: what a graph means, written to be read and not to be fast."""
