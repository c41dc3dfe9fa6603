"""Where citizens write: each channel turns updates into messages, and replies into calls."""
