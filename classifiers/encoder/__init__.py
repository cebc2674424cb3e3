"""The second judge: a small encoder that is asked where the linear model wavers."""
