"""Where files are kept: what STORAGE_URL says becomes the settings of the store."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import storage


def endpoint(url: str) -> str | None:
    return storage(url)["OPTIONS"].get("endpoint_url")


def test_store_is_asked_with_tls_unless_told_otherwise():
    assert endpoint("s3://key:secret@files.example:9000/bucket") == "https://files.example:9000"
    assert endpoint("s3://key:secret@files.example:9000/bucket?tls=yes") == "https://files.example:9000"
    assert endpoint("s3://key:secret@10.1.2.3:9000/bucket?tls=no") == "http://10.1.2.3:9000"


def test_a_bucket_alone_is_at_amazon():
    assert storage("s3://bucket")["OPTIONS"] == {"bucket_name": "bucket", "querystring_auth": False}


def test_signs_in_a_secret_are_read_as_written_in_addresses():
    options = storage("s3://key:a%2Fb%40c@files.example/bucket")["OPTIONS"]

    assert (options["access_key"], options["secret_key"]) == ("key", "a/b@c")


def test_another_kind_of_store_is_refused():
    with pytest.raises(ImproperlyConfigured):
        storage("ftp://files.example/bucket")
