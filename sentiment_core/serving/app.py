"""The addresses of the API, and what each answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from sentiment_core.schema import LABEL_NAMES
from sentiment_core.serving import forms, page
from sentiment_core.serving.counting import Counts
from sentiment_core.serving.crew import Crew
from sentiment_core.serving.door import headers_of
from sentiment_core.serving.limits import Limits
from sentiment_core.serving.questions import Asked
from sentiment_core.serving.refusals import BACKEND, NOT_FOUND, VALIDATION, Refusal, unhealthy

ABOUT = "What sentiment classifiers say of a text, in the forms of the hub and of text-embeddings-inference."
#: What may come back instead of an answer.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": forms.Problem, "description": what}
    for status, what in (
        (400, "no text, or not JSON"),
        (401, "the key is missing or wrong"),
        (404, "no such model"),
        (408, "the request did not arrive in time"),
        (413, "too much text"),
        (415, "the body is not JSON"),
        (422, "the body is not in this form"),
        (424, "the model has no answer"),
        (429, "too many requests"),
        (503, "the model does not answer, or the server is stopping"),
    )
}
Labels = list[forms.Label]
LABELS_OR_BATCH: Any = Labels | list[Labels]


@dataclass(frozen=True)
class Served:
    """What the addresses answer from: models by the names that they are served under."""

    crews: Mapping[str, Crew]
    limits: Limits
    counts: Counts

    @property
    def first(self) -> Crew:
        """Return who answers where no model is named."""
        return next(iter(self.crews.values()))

    def named(self, name: str) -> Crew:
        """Return who answers for a model; Refusal where none of that name or id is served."""
        by_id = {crew.card.model_id: crew for crew in self.crews.values()}
        found = self.crews.get(name) or by_id.get(name)
        if found is None:
            raise Refusal(404, NOT_FOUND, f"that model is not served; served: {', '.join(self.crews)}")
        return found


def _served(request: Request) -> Served:
    return cast(Served, request.app.state.served)


def _first(request: Request) -> Crew:
    return _served(request).first


def _named(
    request: Request, model: Annotated[str, Path(description="a model's alias or id", max_length=200)]
) -> Crew:
    return _served(request).named(model)


All = Annotated[Served, Depends(_served)]
First = Annotated[Crew, Depends(_first)]
Named = Annotated[Crew, Depends(_named)]

router = APIRouter()


def make_app(served: Served) -> FastAPI:
    """Return the application."""
    app = FastAPI(title="Reelcheck", summary=ABOUT, version=version(), docs_url=None, redoc_url=None)
    app.state.served = served
    app.include_router(router)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _not_in_form)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _broken)
    return app


# --- what is asked of a model ----------------------------------------------------------------------


@router.post("/", tags=["In the hub's form"], response_model=list[Labels], responses=PROBLEMS)
async def classify(body: forms.HubRequest, crew: First, served: All) -> Response:
    """Classify texts in the hub's form: a list of labels for each text."""
    return await _classified(body, crew, served)


@router.post("/models/{model}", tags=["In the hub's form"], response_model=list[Labels], responses=PROBLEMS)
async def classify_by(body: forms.HubRequest, crew: Named, served: All) -> Response:
    """Classify texts by the model that is named, in the hub's form."""
    return await _classified(body, crew, served)


@router.post(
    "/predict",
    tags=["In the form of text-embeddings-inference"],
    response_model=LABELS_OR_BATCH,
    responses=PROBLEMS,
)
async def predict(body: forms.PredictRequest, crew: First, served: All) -> Response:
    """Classify texts in the form of text-embeddings-inference: one text flat, a batch nested."""
    return await _predicted(body, crew, served)


@router.post(
    "/models/{model}/predict",
    tags=["In the form of text-embeddings-inference"],
    response_model=LABELS_OR_BATCH,
    responses=PROBLEMS,
)
async def predict_by(body: forms.PredictRequest, crew: Named, served: All) -> Response:
    """Classify texts by the model that is named, in the form of text-embeddings-inference."""
    return await _predicted(body, crew, served)


@router.post("/explain", tags=["Explanations"], response_model=dict[str, Any], responses=PROBLEMS)
async def explain(body: forms.ExplainRequest, crew: First, served: All) -> Response:
    """Show which words of a text carry its score, in log-odds toward positive."""
    return await _explained(body, crew, served)


@router.post(
    "/models/{model}/explain", tags=["Explanations"], response_model=dict[str, Any], responses=PROBLEMS
)
async def explain_by(body: forms.ExplainRequest, crew: Named, served: All) -> Response:
    """Show which words of a text carry the score of the model that is named."""
    return await _explained(body, crew, served)


async def _classified(body: forms.HubRequest, crew: Crew, served: Served) -> Response:
    answers = await ask(crew, forms.hub_questions(body, served.limits))
    return JSONResponse(forms.hub_reply(body, answers))


async def _predicted(body: forms.PredictRequest, crew: Crew, served: Served) -> Response:
    answers = await ask(crew, forms.predict_questions(body, served.limits))
    return JSONResponse(forms.predict_reply(body, answers))


async def _explained(body: forms.ExplainRequest, crew: Crew, served: Served) -> Response:
    [answer] = await ask(crew, [forms.why_of(body, served.limits)])
    return JSONResponse({"model": crew.card.short_name, **answer})


# --- about the server ------------------------------------------------------------------------------


@router.get("/health", tags=["Models and server"], responses={503: PROBLEMS[503]})
async def health(served: All) -> dict[str, str]:
    """Say whether every model answers."""
    for crew in served.crews.values():
        if crew.trouble:
            raise unhealthy(crew.trouble)
    return {"status": "ok"}


@router.get("/models", tags=["Models and server"])
async def list_models(served: All) -> list[dict[str, Any]]:
    """List the models that are served, the first one first."""
    return [about(crew) for crew in served.crews.values()]


@router.get("/models/{model}", tags=["Models and server"], responses={404: PROBLEMS[404], 422: PROBLEMS[422]})
async def one_model(crew: Named) -> dict[str, Any]:
    """Say which model this is."""
    return about(crew)


@router.get("/info", tags=["Models and server"])
async def info(served: All) -> dict[str, Any]:
    """Say which model answers where none is named, and what the limits are."""
    limits = served.limits
    return about(served.first) | {
        "version": version(),
        "models": list(served.crews),
        "max_concurrent_requests": limits.concurrent,
        "max_client_batch_size": limits.texts,
        "max_payload_bytes": limits.payload,
        "max_characters": limits.characters,
        "max_requests_per_minute": limits.per_minute or None,
        "auto_truncate": True,
    }


@router.get("/metrics", tags=["Models and server"], response_class=Response)
async def metrics(served: All) -> Response:
    """Return the counters in the text format of Prometheus."""
    waiting = {name: len(crew.waiting) for name, crew in served.crews.items()}
    return Response(served.counts.exposition(waiting), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/", include_in_schema=False)
@router.get("/docs", include_in_schema=False)
async def documentation(request: Request) -> HTMLResponse:
    """Show what there is to ask, for a person."""
    return HTMLResponse(page.page_of(request.app.openapi(), str(request.base_url)))


# --- answers ---------------------------------------------------------------------------------------


async def ask(crew: Crew, asked: Sequence[Asked]) -> list[Any]:
    """Return the answers to all questions of a request; Refusal where there is none to one of them."""
    tickets = crew.put(asked)
    waiting = [asyncio.wrap_future(ticket.future) for ticket in tickets]
    try:
        answers = await asyncio.gather(*waiting)
    except asyncio.CancelledError:  # the client left: what nobody has taken is not asked anymore
        crew.waiting.leave(tickets)
        raise
    for answer in answers:
        if isinstance(answer, Refusal):
            raise answer
    return list(answers)


def about(crew: Crew) -> dict[str, Any]:
    """Return what clients of text-embeddings-inference read of a model, under their names."""
    card = crew.card
    names = {str(place): name for place, name in LABEL_NAMES.items()}
    label_ids = {name: place for place, name in LABEL_NAMES.items()}
    return {
        "model_id": card.model_id,
        "name": card.short_name,
        "title": card.title,
        "family": card.family,
        "model_type": {"classifier": {"id2label": names, "label2id": label_ids}},
        "max_input_length": crew.max_tokens,
        "workers": len(crew.members),
    }


def version() -> str:
    """Return the version of what is installed."""
    try:
        return metadata.version("reelcheck")
    except metadata.PackageNotFoundError:
        return "0"


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    headers = {key.decode(): value.decode() for key, value in headers_of(error)}
    return JSONResponse(error.to_json(), error.status, headers)


async def _not_in_form(request: Request, error: Exception) -> Response:
    """Answer what does not fit the form in one line, without what was sent."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = [str(part) for part in first["loc"][1:]]
    if first["type"] == "json_invalid":
        return await _refused(request, Refusal(400, VALIDATION, "the body is not JSON"))
    if where[:1] == ["inputs"]:
        line = "inputs is missing" if first["type"] == "missing" else "inputs is not in this form"
        line += f": give {_form_of_inputs(request)}"
    else:
        line = f"{'.'.join(where[:2]) if where else 'the body'}: {first['msg']}"
    return await _refused(request, Refusal(422, VALIDATION, shown_line(line)))


def _form_of_inputs(request: Request) -> str:
    path = request.url.path
    if path.endswith("/predict"):
        return 'a text, or a batch [["a"], ["b"]]'
    return "a text" if path.endswith("/explain") else "a text, or a list of texts"


def shown_line(line: str) -> str:
    """Return at most 300 characters in one line; names in it may be the client's."""
    return " ".join(line.split())[:300]


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    lines = {
        404: (NOT_FOUND, "there is no such address; /docs lists those that there are"),
        405: (NOT_FOUND, "this address does not take that method; /docs says which"),
    }
    kind, line = lines.get(error.status_code, (VALIDATION, "the body is not JSON"))
    return JSONResponse({"error": line, "error_type": kind}, error.status_code, error.headers)


async def _broken(request: Request, error: Exception) -> Response:
    """Answer where the fault is ours; the door logs where it is, without what was asked."""
    return JSONResponse({"error": "the server failed; its log says where", "error_type": BACKEND}, 500)
