// The extensions of ours that articles/rich_text.py names; the editor takes them from this module by name.
export { Embed } from "articles/editor/embed"
export { PlainPaste } from "articles/editor/paste"
export { Picture } from "articles/editor/picture"
export { Pullquote } from "articles/editor/pullquote"
export { RelatedBox } from "articles/editor/related"
export { StoryLink } from "articles/editor/storylink"
