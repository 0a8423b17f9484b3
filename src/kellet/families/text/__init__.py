"""Text: n-grams and transformers."""
