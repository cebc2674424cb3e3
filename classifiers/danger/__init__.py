"""How much a sentence sounds as if a life were in danger, learnt from sentences."""
