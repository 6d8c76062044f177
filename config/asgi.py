"""The ASGI entry point: pages and streams over HTTP by Django, sockets by Channels."""

import gc
import os

from django.core.asgi import get_asgi_application
from django.urls import get_resolver, re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_asgi_application()

# Only now: these import models, which need Django set up.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

import candidates.routing  # noqa: E402
import interviews.routing  # noqa: E402
from candidates import resume  # noqa: E402
from candidates.connecting import OwnOrigin  # noqa: E402
from candidates.sockets import refuse  # noqa: E402

# A resume that is missing or broken is told now, with its line, and not to the first visitor.
try:
    resume.published()
except (resume.ResumeMissing, resume.ResumeBroken) as error:
    raise SystemExit(f"RESUME_FILE: {error.message}") from None
sockets = URLRouter(
    [
        *candidates.routing.websocket_urlpatterns,
        *interviews.routing.websocket_urlpatterns,
        re_path(r"", refuse, name="no-such-socket"),  # type: ignore[arg-type]  # a socket, no view
    ]
)
application = ProtocolTypeRouter({"http": pages, "websocket": OwnOrigin(sockets)})

# Load everything now, not with the first request, and let the collector leave it alone from here on: to walk through
# it again and again would hold up every stream of this process for half a second at a time.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
