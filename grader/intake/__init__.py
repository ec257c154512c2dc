"""Takes a submission in: copies its files safely and says what they hold, without running any of them."""
