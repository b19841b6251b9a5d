"""The rules of the issuing service, pure: no clock, no I/O, no SQL. Time is always an argument."""
