"""Where people work: audits in tests and beside training."""
