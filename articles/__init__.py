"""Stories, pages, revisions, publishing, authors, sections, tags, pictures, feeds, search."""
