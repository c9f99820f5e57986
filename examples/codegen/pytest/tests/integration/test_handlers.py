"""The four handlers, asked over Kafka."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.kafka_utils import Event, consume_response, publish_test_event

GOOD = """\
from pydantic import BaseModel

class ModelOrder(BaseModel):
    order_id: str

class NodeOrderEffect(NodeEffect):
    contract_path: str = "contracts/order.yaml"
"""
POOR = """\
from typing import Any

class order:
    total: Any = None
"""

Ask = Callable[..., Any]


@pytest.fixture
def ask(kafka_producer: Any, kafka_consumer: Callable[..., Any], kafka_test_topics: dict[str, str]) -> Ask:
    """Sends a request to a handler and gives its answer."""

    async def ask(handler: str, operation: str, **payload: Any) -> Event:
        correlation_id = str(uuid4())
        consumer = kafka_consumer([kafka_test_topics[f"{handler}_response"]])
        event = {"event_type": f"codegen.request.{operation}", "payload": payload}
        await publish_test_event(kafka_producer, kafka_test_topics[f"{handler}_request"], event, correlation_id)
        response = await consume_response(consumer, correlation_id)
        assert response is not None, f"{handler} did not answer"
        answer: Event = response["payload"]
        return answer

    return ask


@pytest.mark.asyncio
async def test_better_code_scores_higher(ask: Ask) -> None:
    good = await ask("validation", "validate", code_content=GOOD, node_type="effect")
    poor = await ask("validation", "validate", code_content=POOR, node_type="effect")
    assert good["quality_score"] > poor["quality_score"]
    assert good["is_valid"] and not poor["is_valid"]
    assert any("Any" in violation for violation in poor["violations"])


@pytest.mark.asyncio
async def test_a_missing_field_is_an_answer_that_names_it(ask: Ask) -> None:
    answer = await ask("validation", "validate", node_type="effect")
    assert answer["violations"] == ["Handler error: Missing code_content in request"]
    assert answer["quality_score"] == 0.0


@pytest.mark.asyncio
async def test_requirements_are_analysed(ask: Ask) -> None:
    answer = await ask(
        "analysis", "analyze", prd_content="The service stores orders in a database and publishes events."
    )
    assert sum(answer["node_type_hints"].values()) == pytest.approx(1)
    assert max(answer["node_type_hints"], key=answer["node_type_hints"].__getitem__) == "effect"


@pytest.mark.asyncio
async def test_similar_nodes_come_best_first(ask: Ask) -> None:
    answer = await ask("pattern", "pattern", node_description="retries a failed database write", score_threshold=0.0)
    scores = [node["similarity_score"] for node in answer["similar_nodes"]]
    assert scores == sorted(scores, reverse=True) and answer["count"] == len(scores) > 0


@pytest.mark.asyncio
async def test_mixins_fit_the_requirements(ask: Ask) -> None:
    answer = await ask("mixin", "mixin", requirements=["retry with backoff"], node_type="effect")
    assert "Retry" in answer["recommendations"][0]["mixin_name"]
