"""政策咨询问答库 at the desk: the book, candidates, suggestions, exports."""
