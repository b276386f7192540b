"""Intermediate representation: frozen dataclasses that the passes rewrite and the target prints."""
