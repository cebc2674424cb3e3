"""个人信息处理活动记录 and 年度自查: what is done with personal data, looked at once a year."""
