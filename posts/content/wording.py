"""Every sentence about a document, by key, in English, with named values.

Pure text: nothing is translated here. ``gettext_noop`` marks the sentences for ``makemessages``;
whoever shows one translates it, then fills in the values.
"""


def gettext_noop(text: str) -> str:
    """The text itself; Django's ``makemessages`` finds texts by this name."""
    return text


# The part of a key before its first "." is the stable code of reports and JSON.
MESSAGES: dict[str, str] = {
    # the file and its bytes
    "too-large.file": gettext_noop("the file is longer than %(limit)s characters; split it"),
    "too-large.bytes": gettext_noop("the file is larger than %(megabytes)s MB"),
    "unreadable": gettext_noop("the file cannot be read: %(problem)s"),
    "encoding.utf-16": gettext_noop("the file is UTF-16; save it as UTF-8"),
    "encoding.byte": gettext_noop("byte %(byte)s is not UTF-8; save the file as UTF-8"),
    "encoding.guess": gettext_noop(
        "byte %(byte)s is not UTF-8 (the file looks like %(guess)s); save the file as UTF-8"
    ),
    "nul": gettext_noop("the file holds a NUL character; remove it"),
    "bad-name.encoding": gettext_noop("the file's name is not UTF-8; rename it"),
    "bad-name.path": gettext_noop(
        "the path holds “..”, a backslash or control characters, or is longer than 500 characters"
    ),
    "same-path": gettext_noop(
        "two files of this import have this path; rename one, or import their folders one by one"
    ),
    "marks-left": gettext_noop(
        "both versions of something still stand between <<<<<<< and >>>>>>>; keep one of them"
    ),
    # what became of a file
    "conflict": gettext_noop(
        "the file and an editor changed the same words (%(spots)s); the post stands, the file waits"
    ),
    "conflict.unmerged": gettext_noop(
        "the file differs from what an editor made; the post stands, the file waits"
    ),
    "redirect-conflict": gettext_noop(
        "old addresses that belong to other posts are not redirected: %(addresses)s"
    ),
    "database": gettext_noop("the database refused it: %(problem)s"),
    "failed": gettext_noop("an error of Newsroom: %(problem)s"),
    "picture-unused": gettext_noop("no post refers to the picture"),
    # files that are no posts
    "link": gettext_noop("a symbolic link is not followed"),
    "not-a-file": gettext_noop("it is not a regular file"),
    "not-markdown": gettext_noop("“%(name)s” is not a Markdown file"),
    "not-a-post.text": gettext_noop("a plain text file without a date in its name"),
    "not-a-post.about": gettext_noop("a file about the folder, not a post"),
    "no-front-matter": gettext_noop("no front matter and no date in the name: not a post"),
    "no-date": gettext_noop(
        "no date in the front matter, the name or the folder: a page, not a post; "
        "add “date:” to import it"
    ),
    # a delivery in JSON
    "bad-json.no-posts": gettext_noop(
        'the file has no list “posts”; write {"posts": [{"filename", "front_matter", "content"}]}'
    ),
    "bad-json.no-filename": gettext_noop("post %(index)s of “posts” has no “filename”"),
    "bad-json.type": gettext_noop(
        "“front_matter” or “content” of post %(index)s has the wrong type"
    ),
    # front matter
    "too-large.front-matter": gettext_noop("the front matter is longer than %(limit)s characters"),
    "too-large.values": gettext_noop("the front matter holds more than %(limit)s values"),
    "too-deep.front-matter": gettext_noop(
        "the front matter is nested more than %(limit)s levels deep"
    ),
    "too-deep.json": gettext_noop("the JSON is nested too deep"),
    "unclosed-front-matter": gettext_noop(
        "the front matter that begins with %(fence)s is never closed; "
        "put %(fence)s on a line of its own after the last key"
    ),
    "duplicate-key": gettext_noop(
        "the key “%(name)s” stands here a second time; the last one counts"
    ),
    "bad-character": gettext_noop(
        "an escape in the front matter stands for NUL or half a character; remove it"
    ),
    "bad-json.parser": gettext_noop("the JSON cannot be read: %(problem)s"),
    "bad-json.front-matter": gettext_noop("the JSON front matter cannot be read"),
    "bad-toml.parser": gettext_noop("the TOML cannot be read: %(problem)s"),
    "bad-toml.depth": gettext_noop(
        "the TOML cannot be read: it is nested more than %(limit)s levels deep"
    ),
    "bad-yaml.parser": gettext_noop("the YAML cannot be read: %(problem)s"),
    "bad-yaml.colon": gettext_noop(
        "the YAML cannot be read: %(problem)s; a value that holds “: ” needs quotes around it"
    ),
    "bad-yaml.start": gettext_noop(
        "the YAML cannot be read: %(problem)s; indent with spaces, not with a TAB, "
        "and quote values that begin with @, ` or %%"
    ),
    "bad-yaml.list": gettext_noop(
        "the YAML cannot be read: %(problem)s; close the list with ] "
        "and quote items that hold brackets or commas"
    ),
    "bad-yaml.indent": gettext_noop(
        "the YAML cannot be read: %(problem)s; check the indentation and the quotes "
        "of this line and the one before"
    ),
    "bad-yaml.quote": gettext_noop(
        "the YAML cannot be read: %(problem)s; a quotation mark is not closed"
    ),
    "bad-yaml.control": gettext_noop(
        "the YAML cannot be read: %(problem)s; remove the control character"
    ),
    "bad-yaml.alias": gettext_noop("*%(name)s refers to an anchor that is not defined above"),
    "alias-bomb": gettext_noop(
        "more than %(limit)s aliases, or one that holds itself; write the values out"
    ),
    "two-documents": gettext_noop("a second YAML document begins here"),
    "yaml-tag": gettext_noop("the tag %(tag)s is not accepted; write the value without it"),
    "not-a-mapping.lines": gettext_noop("the front matter is not a list of “key: value” lines"),
    "not-a-mapping.colon": gettext_noop(
        "the front matter is not a list of “key: value” lines; a key is followed by “:” "
        "and a space, not by the full-width “：”"
    ),
    # values
    "bad-date.shape": gettext_noop(
        "“%(text)s” is not a date; write it like 2026-01-31 or 2026-01-31 10:00:00 +0800"
    ),
    "bad-date.month": gettext_noop("“%(text)s” is not the name of a month"),
    "bad-date.calendar": gettext_noop("there is no day “%(text)s” in the calendar"),
    "bad-date.range": gettext_noop("the date %(date)s cannot be placed in time: %(problem)s"),
    "odd-date": gettext_noop(
        "“%(text)s” after the date could not be read and is not counted; "
        "write an offset such as +0800"
    ),
    "date-differs": gettext_noop(
        "the date is %(here)s here and %(name)s in the file name; the one here counts"
    ),
    "held-back": gettext_noop(
        "“%(text)s” for %(name)s is neither true nor false; the post is held back"
    ),
    "source-not-web": gettext_noop(
        "the source is not an http or https address and is shown as text"
    ),
    "bad-redirect": gettext_noop("“%(text)s” is not a path on this site and is not redirected"),
    # the body
    "unknown-tag": gettext_noop(
        "“%(text)s” belongs to another site's templates; it is not executed"
    ),
    "too-deep.document": gettext_noop("the document is nested too deep to be rendered"),
    "too-slow": gettext_noop(
        "the document takes longer than %(seconds)s seconds to render; "
        "look for thousands of brackets, quotes or unclosed tags"
    ),
    "too-slow.comparison": gettext_noop(
        "the two texts could not be compared within %(seconds)s seconds"
    ),
    "too-much-memory": gettext_noop("the document needs too much memory to be rendered; split it"),
    "no-answer": gettext_noop("the document could not be read in time; try again"),
    "render-died": gettext_noop("the document made the renderer fail; look for deep nesting"),
    "render-failed": gettext_noop("the document could not be rendered (%(problem)s)"),
    # pictures
    "picture-too-large": gettext_noop("the picture has more than %(megabytes)s MB"),
    "picture-unknown": gettext_noop("the file is no JPEG, PNG, GIF, WebP or AVIF picture"),
    "picture-missing": gettext_noop("the picture “%(name)s” is not beside the post"),
    "picture-not-kept": gettext_noop("the picture could not be read or written: %(problem)s"),
    "picture-unreadable": gettext_noop("the picture cannot be read: %(problem)s"),
    "picture-too-many-pixels": gettext_noop(
        "the picture has %(width)s × %(height)s pixels, more than %(limit)s in all; make it smaller"
    ),
    "picture-too-many-frames": gettext_noop(
        "the animation has %(frames)s pictures of %(width)s × %(height)s pixels; "
        "make it shorter or smaller"
    ),
    "picture-too-slow": gettext_noop("the picture takes longer than %(seconds)s seconds to decode"),
    "picture-too-complex": gettext_noop("the picture needs too much memory; make it smaller"),
    "picture-no-answer": gettext_noop("the picture could not be decoded in time; try again"),
    # changing a document
    "cannot-patch.values": gettext_noop(
        "the %(kind)s front matter cannot hold these values: %(keys)s"
    ),
    "cannot-patch.line-break": gettext_noop("a value of this document cannot hold a line break"),
    # saving a document
    "conflict.saved": gettext_noop(
        "%(path)s was saved by somebody else meanwhile (revision %(version)s); "
        "read it again and repeat the change"
    ),
    "conflict.address": gettext_noop(
        "the address of %(path)s was taken by another post meanwhile; try again"
    ),
    "conflict.path": gettext_noop("%(path)s was added by somebody else meanwhile; try again"),
    "conflict.busy": gettext_noop("%(path)s is being saved by others; try again"),
    "refused.rule": gettext_noop("the database refused %(path)s by its rule “%(rule)s”"),
    "refused.database": gettext_noop("the database refused %(path)s: %(problem)s"),
    "refused.length": gettext_noop(
        "“%(column)s” of %(path)s has more than %(limit)s characters; shorten it"
    ),
    "refused.number": gettext_noop("“%(column)s” of %(path)s is larger than %(limit)s"),
    "refused.character": gettext_noop(
        "“%(column)s” of %(path)s holds NUL or half a character; remove it"
    ),
    "withdrawn-elsewhere": gettext_noop(
        "an editor withdrew this post, which is %(other)s here; publish that one, or give %(path)s "
        "another slug and text"
    ),
    "refused.taken": gettext_noop("another one has this %(column)s already"),
    "refused.live": gettext_noop("a post has the address %(path)s; it cannot lead elsewhere"),
    "refused.itself": gettext_noop("%(path)s cannot lead to itself"),
    "refused.loop": gettext_noop("%(path)s would lead back to itself, over %(hops)s redirects"),
    "refused.chain": gettext_noop("%(path)s leads on over more than %(limit)s redirects"),
    "refused.links": gettext_noop("a list of at most %(limit)s links is wanted"),
    "refused.link": gettext_noop(
        "“%(text)s” needs a name and an address that begins with https://, http:// or mailto:"
    ),
    "refused.hub": gettext_noop("“%(text)s” is not an address that begins with https://"),
    "refused.robots": gettext_noop("“%(text)s” is no line of robots.txt such as “Disallow: /x/”"),
    "refused.names": gettext_noop("a name in another language is one short line"),
    "not-allowed.change": gettext_noop(
        "this post is public; only those who may publish can change it"
    ),
    "not-allowed.publish": gettext_noop(
        "this would publish the post; only those who may publish can do that"
    ),
    "not-allowed.public": gettext_noop(
        "this changes what readers see; only those who may publish can do that"
    ),
    "conflict.answered": gettext_noop(
        "what was delivered was answered by somebody else meanwhile; look at it again"
    ),
    # labels and jobs
    "cannot-merge.kinds": gettext_noop(
        "a label cannot be merged into itself or into one of another kind"
    ),
    "cannot-merge.merged": gettext_noop("one of the labels was merged already"),
    "cannot-merge.apart": gettext_noop("the label is not merged any more"),
    "cannot-undo.undone": gettext_noop("this was undone already"),
    "cannot-undo.kind": gettext_noop("there is no undo of an undo; start it again instead"),
    "edited-since": gettext_noop("the post was edited since"),
    "job-failed": gettext_noop("an error of the program stopped the job: %(problem)s"),
}
