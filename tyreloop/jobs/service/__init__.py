"""What the service and the outboxes say of themselves, kept by the minute for charts and alerts."""
