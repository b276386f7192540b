"""Hosts: the places where a compiled program runs on this machine."""
