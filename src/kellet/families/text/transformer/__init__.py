"""How transformers learn, write and are kept; the recipe is `kellet.families.Language`."""
