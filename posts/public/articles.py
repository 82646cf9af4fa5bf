"""What pages of posts and stories say of themselves: their heads."""

from posts.content import analysis
from posts.models.cards import CardStory
from posts.models.labels import CardLabels
from posts.public.heads import Article, Head, Link
from posts.public.responses import frame_of, language_prefix
from posts.public.rows import PostRow


def post_head(found: PostRow, labels: CardLabels) -> Head:
    """The head of a post's page."""
    card = found.card
    article = _article(found, labels, found.words)
    article.sources = [*(one for story in card.stories for one in story.citations), *card.sources]
    article.parts = [_story_link(found, one) for one in card.stories]
    article.picture = card.image
    crumbs = [*_sections(found, labels), Link(found.title, found.address)]
    return Head(
        found.title,
        found.address,
        found.excerpt,
        "article",
        has_card=True,
        crumbs=crumbs,
        article=article,
    )


def story_head(found: PostRow, slug: str, text: str, labels: CardLabels) -> Head:
    """The head of the page of one of a post's stories, which has some text."""
    card = found.card.story(slug) or CardStory(slug, slug)
    own, digest = _story_link(found, card), Link(found.title, found.address)
    article = _article(found, labels, sum(analysis.counts(text)))
    article.sources, article.part_of = card.citations, digest
    return Head(
        card.heading,
        own.address,
        text,
        "article",
        has_card=True,
        feeds_query="?items=stories",
        crumbs=[*_sections(found, labels), digest, own],
        article=article,
    )


def _article(found: PostRow, labels: CardLabels, words: int) -> Article:
    return Article(
        found.day,
        found.published_at,
        max(found.modified_at, found.published_at),
        found.language,
        labels,
        words=words,
        rtl=found.direction == "rtl",
    )


def _story_link(found: PostRow, story: CardStory) -> Link:
    return Link(story.heading, f"{found.address}{story.slug}/")


def _sections(found: PostRow, labels: CardLabels) -> list[Link]:
    prefix = language_prefix(frame_of(found.language))
    return [Link(one.name, f"{prefix}categories/{one.slug}/") for one in labels.categories[:1]]
