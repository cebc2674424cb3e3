"""剔除和申诉: which cases do not count in 考核, who asked, who decided, and what if."""
