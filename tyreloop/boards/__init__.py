"""Grafana's boards and its provisioning files, written from the questions and the alert rules."""
