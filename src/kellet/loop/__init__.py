"""The closed loop: what is kept of the past, which real points enter, what of the written data is kept."""
