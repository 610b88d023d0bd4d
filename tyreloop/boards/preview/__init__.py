"""Pictures of the boards without Grafana: the same JSON, the same queries, drawn plainly."""
