"""Views and answers that belong to no app."""
