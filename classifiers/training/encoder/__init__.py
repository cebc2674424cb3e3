"""The second judge: a small encoder cut to Chinese and fitted to all heads."""
