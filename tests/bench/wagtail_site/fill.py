"""Makes the Wagtail site's database: `python -m tests.bench.wagtail_site.fill <texts.json>`, run where Wagtail is."""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.wagtail_site.settings")
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from wagtail.models import Page, Revision, Site  # noqa: E402

from tests.bench.wagtail_site.models import GuidePage  # noqa: E402


def fill(pages: list[dict[str, object]], password: str) -> None:
    """Every page with its revisions, the last of each published; prints each page's number by its slug."""
    call_command("makemigrations", "wagtail_site", verbosity=0)
    call_command("migrate", verbosity=0)
    editor = get_user_model().objects.create_superuser("editor", "editor@clinic.example", password)
    with transaction.atomic():
        root = Page.objects.get(depth=1)
        root.get_children().delete()
        root = Page.objects.get(depth=1)
        home = root.add_child(instance=GuidePage(title="Home", slug="home", owner=editor))
        Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
        numbers = {}
        for one in pages:
            page = GuidePage(title=one["title"], slug=one["slug"], summary=one["summary"], owner=editor)
            home.add_child(instance=page)
            *earlier, page.body = one["bodies"]
            Revision.objects.bulk_create(_revision(page, body, editor) for body in earlier)
            page.save_revision(user=editor).publish(user=editor)
            numbers[one["slug"]] = page.pk
    print(json.dumps(numbers))


def _revision(page: GuidePage, body: str, editor: object) -> Revision:
    """What `save_revision` keeps of an earlier text, without indexing the page for search anew each time (0.1 s)."""
    content = {**page.serializable_data(), "body": body}
    return Revision(
        content_object=page, base_content_type=page.get_base_content_type(), user=editor, created_at=timezone.now(),
        object_str=str(page), content=content,
    )  # fmt: skip


fill(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2])
