"""What charts ask, what alert rules judge and say, and Grafana's files: all about watching the product."""
