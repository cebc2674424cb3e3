"""What has to stay hidden: personal data, and cases from those who may not see them."""
