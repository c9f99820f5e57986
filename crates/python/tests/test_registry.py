"""The schema registry of ``serve``, by the serializers of confluent-kafka."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from conftest import COMMAND

pytest.importorskip("confluent_kafka.schema_registry", reason="confluent-kafka's registry client is not installed")
for needed in ("fastavro", "jsonschema"):
    pytest.importorskip(needed)

from confluent_kafka.schema_registry import (  # noqa: E402
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    SchemaRegistryError,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer  # noqa: E402
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer  # noqa: E402
from confluent_kafka.serialization import MessageField, SerializationContext  # noqa: E402

VALUE = SerializationContext("orders", MessageField.VALUE)
ORDER = """{"type": "record", "name": "Order", "namespace": "shop", "fields": [
    {"name": "id", "type": "long"},
    {"name": "note", "type": ["null", "string"], "default": null},
    {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}}]}"""
PERSON = """{"title": "Person", "type": "object", "additionalProperties": false,
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name"]}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    command = [COMMAND, "serve", "--port", "0", "--registry", "0", "--exit-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr is not None
        try:
            for line in serving.stderr:
                found = re.search(r"schema registry on (\S+)", line)
                if found:
                    yield found.group(1)
                    break
            else:
                pytest.fail("serve says nothing of its registry")
        finally:
            serving.terminate()


@pytest.fixture
def registry(url: str) -> SchemaRegistryClient:
    return SchemaRegistryClient({"url": url})


def test_avro_goes_there_and_back(registry: SchemaRegistryClient) -> None:
    order: dict[str, Any] = {"id": 2**53 + 1, "note": None, "price": Decimal("12.34")}
    framed = AvroSerializer(registry, ORDER)(order, VALUE)
    assert framed is not None
    assert framed[0] == 0
    assert AvroDeserializer(registry)(framed, VALUE) == order
    # The same schema is registered once.
    again = AvroSerializer(registry, ORDER)(order, VALUE)
    assert again is not None
    assert framed[:5] == again[:5]
    assert "orders-value" in registry.get_subjects()


def test_json_goes_there_and_back(registry: SchemaRegistryClient) -> None:
    context = SerializationContext("people", MessageField.VALUE)
    framed = JSONSerializer(PERSON, registry)({"name": "Ada", "age": 36}, context)
    assert JSONDeserializer(PERSON, schema_registry_client=registry)(framed, context) == {"name": "Ada", "age": 36}


def test_protobuf_goes_there_and_back(url: str, registry: SchemaRegistryClient) -> None:
    protobuf = pytest.importorskip("confluent_kafka.schema_registry.protobuf")
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="order.proto", package="shop", syntax="proto3")
    file.message_type.add(name="Order").field.add(name="id", number=1, type=3, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order"))
    context = SerializationContext("protobuf", MessageField.VALUE)
    framed = protobuf.ProtobufSerializer(kind, registry)(kind(id=2**53 + 1), context)
    # The consumer has its own client: the producer's remembers the text that it registered, and cannot read it.
    consumer = SchemaRegistryClient({"url": url})
    read = protobuf.ProtobufDeserializer(kind, schema_registry_client=consumer)(framed, context)
    assert read.id == 2**53 + 1


def test_the_latest_version_is_used_where_nothing_is_registered(registry: SchemaRegistryClient) -> None:
    registry.register_schema("latest-value", Schema('"string"', "AVRO"))
    context = SerializationContext("latest", MessageField.VALUE)
    settings = {"auto.register.schemas": False, "use.latest.version": True}
    framed = AvroSerializer(registry, conf=settings)("text", context)
    assert AvroDeserializer(registry)(framed, context) == "text"


def test_a_schema_refers_to_another_one(registry: SchemaRegistryClient) -> None:
    address = '{"type": "record", "name": "shop.Address", "fields": [{"name": "zip", "type": "int"}]}'
    registry.register_schema("address", Schema(address, "AVRO"))
    person = """{"type": "record", "name": "shop.Person", "fields": [{"name": "home", "type": "shop.Address"}]}"""
    schema = Schema(person, "AVRO", [SchemaReference("shop.Address", "address", 1)])
    context = SerializationContext("persons", MessageField.VALUE)
    framed = AvroSerializer(registry, schema)({"home": {"zip": 12345}}, context)
    assert AvroDeserializer(registry)(framed, context) == {"home": {"zip": 12345}}


def test_an_incompatible_schema_is_refused_by_its_number(registry: SchemaRegistryClient) -> None:
    registry.register_schema("strict", Schema('"int"', "AVRO"))
    with pytest.raises(SchemaRegistryError) as refused:
        registry.register_schema("strict", Schema('"string"', "AVRO"))
    assert refused.value.error_code == 40901
    assert not registry.test_compatibility("strict", Schema('"string"', "AVRO"))
    assert registry.test_compatibility("strict", Schema('"long"', "AVRO"))
    with pytest.raises(SchemaRegistryError) as refused:
        registry.get_latest_version("nobody")
    assert refused.value.error_code == 40401
