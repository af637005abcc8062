"""Version and health."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from ragflow.local.calls import Call
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.wire import OuterError, json_response

table: RouteTable = RouteTable("system")


@table.add("GET", "/system/version", feature="restful", open=True)
def version(call: Call) -> Reply:
    """Tell the version that is spoken."""
    return Reply(f"v{call.generation.version}")


@table.add("GET", "/v1/system/version", feature="login-version", open=True, api=False)
def login_version(call: Call) -> Reply:
    """Old servers tell their version only to the web UI."""
    raise OuterError(401, "<Unauthorized '401: Unauthorized'>", data=None)


@table.add("GET", "/system/ping", feature="restful", open=True)
@table.add("GET", "/v1/system/ping", feature="ping", open=True, api=False)
def ping(call: Call) -> Response:
    """Say that the server is there."""
    return PlainTextResponse("pong", media_type="text/html")


@table.add("GET", "/system/healthz", feature="restful", open=True)
@table.add("GET", "/v1/system/healthz", feature="healthz", open=True, api=False)
def healthz(call: Call) -> Response:
    """Say how the parts are; all of them are one file, and it was opened."""
    parts = ("db", "doc_engine", "redis", "storage", "status")
    return json_response(dict.fromkeys(parts, "ok"))


@table.add("GET", "/language", feature="restful", open=True)
def language(call: Call) -> Reply:
    """Tell which of the two server implementations this resembles."""
    return Reply({"language": "python"})
