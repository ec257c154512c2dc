"""Who uses which room, and when."""
