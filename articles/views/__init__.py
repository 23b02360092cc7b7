"""The reader's side: what each public address of stories, pages and lists answers."""
