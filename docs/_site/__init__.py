"""What the site needs beyond Sphinx, one idea a file."""
