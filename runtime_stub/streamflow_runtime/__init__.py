"""The runtime that compiled graphs run on: linked file by file into bundles, and used as it is in process."""
