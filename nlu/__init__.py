"""Understanding: normalising, language, risk triage and the routing of intents."""
