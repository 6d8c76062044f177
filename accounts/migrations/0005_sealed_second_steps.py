"""Keys of authenticator apps are sealed from now on, and of recovery codes only digests are kept."""

from __future__ import annotations

from binascii import unhexlify
from typing import Any

import django_otp.models
from django.db import migrations

from accounts import sealing
from accounts.second_step import digest_of


def seal(apps: Any, editor: Any) -> None:
    """Seal what stands there readable."""
    keys: dict[Any, bytes] = {}
    # Somebody who is about to set up another app has two: the recovery codes belong to the one that is confirmed.
    for app in apps.get_model("otp_totp", "TOTPDevice").objects.select_for_update().order_by("confirmed", "pk"):
        if ":" not in app.key:
            keys[app.user_id] = unhexlify(app.key)
            app.key = sealing.seal(keys[app.user_id], owner=app.user_id)
            app.save(update_fields=["key"])
    tokens = apps.get_model("otp_static", "StaticToken").objects.filter(device__user__in=keys)
    for token in tokens.select_for_update().select_related("device"):
        token.token = digest_of(token.token, key=keys[token.device.user_id])
        token.save(update_fields=["token"])


def unseal(apps: Any, editor: Any) -> None:
    """Keys as they were. Codes can't be had back from their digests, and go."""
    for app in apps.get_model("otp_totp", "TOTPDevice").objects.select_for_update():
        app.key = sealing.unseal(app.key, owner=app.user_id).hex()
        app.save(update_fields=["key"])
    apps.get_model("otp_static", "StaticToken").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_letters"),
        ("otp_static", "0003_add_timestamps"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [
        migrations.CreateModel(
            name="Authenticator",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("otp_totp.totpdevice",),
            managers=[("objects", django_otp.models.DeviceManager())],
        ),
        migrations.RunPython(seal, unseal),
    ]
