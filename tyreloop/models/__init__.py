"""One road for a model: registered, examined, signed, moved into Production, served, and back."""
