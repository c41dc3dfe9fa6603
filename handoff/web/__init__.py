"""The console over HTTP and WebSocket, as docs/api.md describes it."""
