"""How transformers learn, write and are kept; the recipe is `kedge.families.Language`."""
