"""The ASGI entry point."""

import gc
import os

from django.core.asgi import get_asgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_asgi_application()
# Load everything now, not with the first request, and let the collector leave it alone from here on: to walk through
# it again and again would hold up every stream of this process for half a second at a time.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
