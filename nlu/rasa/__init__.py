"""Rasa's side of the routing: it runs in an environment of its own; the app reaches it over HTTP only."""
