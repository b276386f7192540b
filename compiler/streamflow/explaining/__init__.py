"""What the compiler knows of a program: `streamflow explain FILE` prints it.

remarks      what each pass did, and where it did nothing, why          of the passes themselves
guarantees   how often what goes in comes out, by path                  ir/guarantees.py
buffers      whom a full buffer refuses                                 buffers.py
holdings     what its state grows with                                  holdings.py
costs        what a million events take: CPU, rows, requests            costs.py
listings     generated code beside the lines it was made of             listings.py
"""

from streamflow.explaining.explanation import Explanation, explain

__all__ = ["Explanation", "explain"]
