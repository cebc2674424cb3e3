"""个人信息: find what is kept of one person, hand it out, keep it from erasure, erase it."""
