"""The desks: one file a desk, one function an act, one transaction each.

A function takes the `Desk` and a `SignedAct`; who acts, on what and with which words stands in the act bytes and
nowhere else. A refused act raises `Refusal` and leaves nothing behind.
"""
