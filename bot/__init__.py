"""The citizen's side: channels in and out, and the turn of a conversation."""
