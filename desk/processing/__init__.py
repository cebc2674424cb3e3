"""个人信息处理活动记录: what is done with personal data, made from what the configuration does."""
