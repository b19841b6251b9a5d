"""The JSON API of the verifier (Flask). Pages for people come beside it."""
