"""The citizen's page over HTTP and WebSocket, as docs/api.md describes it."""
