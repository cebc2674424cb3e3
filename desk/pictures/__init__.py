"""图片文字: text in the pictures that came with messages, read beside the pages."""
