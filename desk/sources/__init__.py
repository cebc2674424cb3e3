"""来源: how the doors are doing, and their handles."""
