"""Reports: what runs found, for people: the long page of one, several side by side, and somebody's tracker."""
