"""The real server under many visitors at once, spoken to as browsers do."""
