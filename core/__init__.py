"""What every part of Xinqiao shares: domain types, settings, clock, errors, permissions and storage."""
