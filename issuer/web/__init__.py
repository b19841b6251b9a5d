"""The web edge: parse, call one service, render. Only here do HTTP statuses exist. Pages for people come beside it."""
