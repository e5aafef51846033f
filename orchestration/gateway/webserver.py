"""Dagster's web server behind the gateway: who asks is known, what they may do follows from the registers, and what they
change is in the audit log.

Every mutation is guarded where it is resolved, so that no way of asking (alias, fragment, batch, WebSocket, query string)
goes round it; what is no JSON POST of one object is refused before that, and what asks for more than any page does (`questions`)
before it is validated. `changes` says who may do what, and which tags a page may give a run.
"""

from __future__ import annotations

from asyncio import Task
from collections.abc import Callable, Mapping
from datetime import datetime
from inspect import isawaitable
from typing import Any, Protocol

from dagster import DagsterInstance
from dagster._core.storage.tags import TAGS_TO_MAYBE_OMIT_ON_RETRY
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.permissions import PermissionResult
from dagster_webserver.webserver import DagsterWebserver
from graphene import Schema
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLFormattedError,
    OperationDefinitionNode,
    OperationType,
    parse,
)
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.websockets import WebSocket

from application.home.person import AtPage, tags_of
from compliance.ground.acts import Actor
from compliance.people.rights import Right
from orchestration.gateway.changes import (
    CHANGES,
    OF_THE_PAGE,
    PERMISSIONS,
    is_allowed,
    may_be_sent,
)
from orchestration.gateway.questions import RUNS_AT_ONCE, TooLarge, checked

_REFUSED = "この操作は許されていません。操作できる人は台帳の役割で決まります。"
_NO_HISTORY = "処理の記録を外から書き加えることはできません。"


class UiVisitor(AtPage, Protocol):
    """Somebody at a page, with what the registers let them do right now."""

    def may(self, right: Right) -> bool: ...

    def actor(self, at: datetime) -> Actor: ...


Noted = Callable[[UiVisitor, str, bool], None]
"""Enters that somebody made a change, or was refused (`False`), into the audit log."""


def visitor_at(connection: HTTPConnection) -> UiVisitor:
    """Who is at a page; the gateway let nobody else through.

    Raises:
        KeyError: the gateway is not there.
    """
    visitor: UiVisitor = connection.scope["visitor"]
    return visitor


def rights_of(visitor: UiVisitor) -> frozenset[Right]:
    """What they may do today."""
    return frozenset(right for right in Right if visitor.may(right))


class PersonContext(WorkspaceRequestContext):
    """A request of somebody known: the UI shows what they may do."""

    def __init__(self, base: WorkspaceRequestContext, connection: HTTPConnection) -> None:
        self.visitor = visitor_at(connection)
        self._rights = rights_of(self.visitor)
        super().__init__(
            instance=base.instance,
            current_workspace=base.get_current_workspace(),
            process_context=base.process_context,
            version=base.version,
            source=connection,
            read_only=not any(is_allowed(change, self._rights) for change in CHANGES),
        )

    @property
    def permissions(self) -> Mapping[str, PermissionResult]:
        """What the UI offers them."""
        return {
            permission: _result(is_allowed(change, self._rights))
            for permission, change in PERMISSIONS.items()
        }

    def permissions_for_location(self, *, location_name: str) -> Mapping[str, PermissionResult]:
        """The same: there is one code location."""
        return self.permissions


class GatedWebserver(DagsterWebserver[Any, Any]):
    """Dagster's UI and GraphQL for visitors."""

    def __init__(
        self, process_context: WorkspaceProcessContext, path_prefix: str, noted: Noted
    ) -> None:
        self._noted = noted
        super().__init__(process_context, path_prefix, 2000)

    def build_graphql_schema(self) -> Schema:
        """Dagster's schema, every mutation guarded."""
        schema = super().build_graphql_schema()
        mutations = schema.graphql_schema.mutation_type
        if mutations is not None:
            for name, field in mutations.fields.items():
                field.resolve = self._guarded(name, field.resolve)
        return schema

    def build_routes(self) -> list[BaseRoute]:
        """Dagster's routes, without the ones that write events which no run made."""
        refused = Route("/report_{what:path}", self._no_history, methods=["GET", "POST"])
        (root, *_) = super().build_routes()  # type: ignore[no-untyped-call]
        if not isinstance(root, Mount):
            raise TypeError("the UI is mounted below a prefix")
        kept = [one for one in root.routes if "report_asset" not in getattr(one, "path", "")]
        return [Mount(root.path, routes=[refused, *kept])]

    async def graphql_http_endpoint(self, request: Request) -> Response:
        """One JSON object by POST, or a question by GET; nothing else."""
        if request.method == "POST":
            if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
                return _error("GraphQL is asked as application/json.", 415)
            try:
                asked = await request.json()
            except (ValueError, UnicodeDecodeError, RecursionError):
                return _error("The request is no JSON.", 400)
            if not isinstance(asked, dict):
                return _error("One operation at a time: no batches.", 400)
        response: Response = await super().graphql_http_endpoint(request)
        return response

    async def execute_graphql_request(
        self,
        request: Request,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
    ) -> JSONResponse:
        """Refuse early what would be refused where it is resolved, with a status that says so, and what is too large."""
        try:
            checked(query)
        except TooLarge as error:
            return _error(str(error), 413)
        changes = _changes_in(query)
        if changes and request.method != "POST":
            return _error("Changes are asked for by POST.", 405)
        visitor = visitor_at(request)
        rights = rights_of(visitor)
        for change in sorted(changes):
            if not is_allowed(change, rights):
                self._noted(visitor, change, False)
                return _error(_REFUSED, 403)
        return await super().execute_graphql_request(request, query, variables, operation_name)

    async def execute_graphql_subscription(
        self,
        websocket: WebSocket,
        operation_id: str,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
    ) -> tuple[Task[Any] | None, GraphQLFormattedError | None]:
        """By a WebSocket too nothing is looked into that is too large."""
        try:
            checked(query)
        except TooLarge as error:
            return None, {"message": str(error)}
        return await super().execute_graphql_subscription(
            websocket, operation_id, query, variables, operation_name
        )

    def _make_request_context(self, conn: HTTPConnection) -> PersonContext:
        return PersonContext(self._process_context.create_request_context(conn), conn)

    async def _no_history(self, request: Request) -> Response:
        self._noted(visitor_at(request), "reportAssetEvent", False)
        return PlainTextResponse(_NO_HISTORY, 403)

    def _guarded(self, name: str, inner: Any) -> Any:
        def resolve(root: Any, info: Any, **arguments: Any) -> Any:
            visitor: UiVisitor = info.context.visitor
            if not is_allowed(name, rights_of(visitor)):
                self._noted(visitor, name, False)
                raise GraphQLError(_REFUSED)
            if len(arguments.get("executionParamsList") or ()) > RUNS_AT_ONCE:
                raise GraphQLError(f"More than {RUNS_AT_ONCE} runs at once.")
            _write_person(arguments, tags_of(visitor), info.context.instance)
            if name in OF_THE_PAGE:
                return inner(root, info, **arguments)
            self._noted(visitor, name, True)  # before it is done: what was tried is known
            result = inner(root, info, **arguments)
            return _awaited(result) if isawaitable(result) else result

        return resolve


async def _awaited(result: Any) -> Any:
    return await result


def _changes_in(query: str) -> set[str]:
    """The mutations that a document names anywhere, fragments included; none where it cannot be read."""
    try:
        document = parse(query)
    except GraphQLError:
        return set()
    is_change = any(
        isinstance(one, OperationDefinitionNode) and one.operation is OperationType.MUTATION
        for one in document.definitions
    )
    if not is_change:
        return set()
    return {
        field.name.value
        for one in document.definitions
        for field in getattr(getattr(one, "selection_set", None), "selections", ())
        if isinstance(field, FieldNode)
        and (field.name.value in CHANGES or field.name.value in OF_THE_PAGE)
    }


def _write_person(
    arguments: dict[str, Any], tags: Mapping[str, str], instance: DagsterInstance
) -> None:
    """Whoever asks, in the tags of what they ask for; a run's own are written again when it is submitted."""
    backfill = arguments.get("backfillParams")
    if backfill is not None:
        backfill["tags"] = _with_person(backfill.get("tags"), tags)
    executions = [
        arguments.get("executionParams"),
        *(arguments.get("executionParamsList") or ()),
    ]
    for execution in executions:
        if execution is None or "executionMetadata" not in execution:
            continue
        metadata = execution["executionMetadata"]
        metadata["tags"] = _with_person(metadata.get("tags"), tags)
    again = arguments.get("reexecutionParams")
    if again is not None:
        inherited = []
        if again.get("useParentRunTags") is not False:
            inherited = _tags_of_run(instance, again["parentRunId"])
        again["useParentRunTags"] = False  # what began the first did not begin this one
        again["extraTags"] = _with_person([*inherited, *(again.get("extraTags") or ())], tags)


def _tags_of_run(instance: DagsterInstance, run_id: str) -> list[dict[str, str]]:
    """What a run that is done again hands on."""
    run = instance.get_run_by_id(run_id)
    return [
        {"key": key, "value": value}
        for key, value in ({} if run is None else run.tags).items()
        if key not in TAGS_TO_MAYBE_OMIT_ON_RETRY
    ]


def _with_person(given: Any, tags: Mapping[str, str]) -> list[dict[str, str]]:
    others = [tag for tag in given or () if may_be_sent(tag["key"])]
    return [*others, *({"key": key, "value": value} for key, value in tags.items())]


def _result(is_enabled: bool) -> PermissionResult:
    return PermissionResult(enabled=is_enabled, disabled_reason=None if is_enabled else _REFUSED)


def _error(message: str, status: int) -> JSONResponse:
    return JSONResponse({"errors": [{"message": message}]}, status)
