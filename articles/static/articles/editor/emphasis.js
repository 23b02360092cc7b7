import { Bold as LibraryBold, Italic as LibraryItalic } from "django-prose-editor/editor"

// As the library has them, but what is pasted stays as it is: its stars and underscores are somebody's text.
export const Bold = LibraryBold.extend({ addPasteRules: () => [] })
export const Italic = LibraryItalic.extend({ addPasteRules: () => [] })
