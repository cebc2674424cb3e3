"""学习: what people corrected, as labelled data, and what the model learns from it."""
