"""What theory says about an experiment, family by family."""
