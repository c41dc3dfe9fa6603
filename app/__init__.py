"""Composition: settings become running processes, and the command line."""
