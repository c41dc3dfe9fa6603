"""The staff's side: accounts, cases, alerts and the console."""
