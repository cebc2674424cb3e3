"""栏目更新监测: reading the newest date of a column, looking for broken links."""
