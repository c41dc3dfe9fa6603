"""Everything that the service can say, from data/: flows, questionnaires, directory, crisis templates."""
