"""A page of the guide as a Wagtail site would keep it: fewer fields than ours, and the words as Markdown."""

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page
from wagtail.search import index


class GuidePage(Page):
    """Title, summary and Markdown; a plain field is quicker to open than Wagtail's own rich text."""

    summary = models.TextField(blank=True)
    body = models.TextField(blank=True)

    content_panels = (*Page.content_panels, FieldPanel("summary"), FieldPanel("body"))
    search_fields = (*Page.search_fields, index.SearchField("body"))
    template = "guide_page.html"
