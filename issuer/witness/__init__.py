"""A witness: signs what a log says of itself, as long as it only grows, and never anything against that.

A program of its own for another machine and another operator, with its own key and its own store; it knows nothing of
the register and imports nothing of it but the formats (C2SP tlog-witness, tlog-cosignature, signed-note). It keeps for
each log the size and the root that it signed last. It does not read the entries of a log: that they are true, or even
there, is not what it says.
"""
