"""What is known of every kind of node: `streamflow nodes` and docs/nodes/ are made of it.

pages/      what each kind is for, what its options and outputs mean, an example     written by hand
options     which options there are, their types and defaults                        read off the models
entries     both together, the kinds of plugins included
"""

from streamflow.catalogue.entries import Entry, Option, entries

__all__ = ["Entry", "Option", "entries"]
