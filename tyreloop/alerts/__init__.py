"""Alerts: one catalogue of rules, judged by Grafana and, without Grafana, by a scheduled job of ours."""
