"""使用手册: what to press and what to do, by role; readable and searchable at the desk."""
