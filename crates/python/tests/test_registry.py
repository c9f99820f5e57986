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


def test_the_id_of_a_schema_travels_in_a_header(registry: SchemaRegistryClient) -> None:
    import confluent_kafka.schema_registry as package

    in_a_header = getattr(package, "header_schema_id_serializer", None)
    if in_a_header is None:
        pytest.skip("this confluent-kafka writes no ids into headers")
    headers: list[tuple[str, str | bytes | None]] = []
    context = SerializationContext("headers", MessageField.VALUE, headers)
    settings = {"schema.id.serializer": in_a_header}
    order: dict[str, Any] = {"id": 1, "note": "a text that is long enough", "price": Decimal("0.01")}
    bare = AvroSerializer(registry, ORDER, conf=settings)(order, context)
    assert bare is not None
    [(name, guid)] = headers
    assert name == "__value_schema_id"
    assert isinstance(guid, bytes)
    assert (guid[0], len(guid)) == (1, 17)
    assert bare != AvroSerializer(registry, ORDER)(order, SerializationContext("headers", MessageField.VALUE))
    assert AvroDeserializer(registry)(bare, context) == order


def test_nothing_is_registered_where_that_is_off(registry: SchemaRegistryClient) -> None:
    context = SerializationContext("nothing", MessageField.VALUE)
    settings = {"auto.register.schemas": False}
    with pytest.raises(SchemaRegistryError) as refused:
        AvroSerializer(registry, '"string"', conf=settings)("text", context)
    assert refused.value.error_code == 40401
    assert "nothing-value" not in registry.get_subjects()
    registry.register_schema("nothing-value", Schema('"string"', "AVRO"))
    framed = AvroSerializer(registry, '"string"', conf=settings)("text", context)
    assert AvroDeserializer(registry)(framed, context) == "text"


def test_a_json_schema_refers_to_another_one(registry: SchemaRegistryClient) -> None:
    money = '{"type": "object", "properties": {"cents": {"type": "integer"}}, "required": ["cents"]}'
    registry.register_schema("money-json", Schema(money, "JSON"))
    order = '{"title": "Order", "type": "object", "properties": {"total": {"$ref": "money.json"}}}'
    schema = Schema(order, "JSON", [SchemaReference("money.json", "money-json", 1)])
    context = SerializationContext("json-orders", MessageField.VALUE)
    serialize = JSONSerializer(schema, registry)
    value = {"total": {"cents": 1234}}
    framed = serialize(value, context)
    assert JSONDeserializer(schema, schema_registry_client=registry)(framed, context) == value
    with pytest.raises(Exception, match="cents"):
        serialize({"total": {}}, context)


def test_a_protobuf_file_imports_another_one(url: str, registry: SchemaRegistryClient) -> None:
    protobuf = pytest.importorskip("confluent_kafka.schema_registry.protobuf")
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    money = descriptor_pb2.FileDescriptorProto(name="shop/money.proto", package="shop", syntax="proto3")
    money.message_type.add(name="Money").field.add(name="cents", number=1, type=3, label=1)
    bill = descriptor_pb2.FileDescriptorProto(name="shop/bill.proto", package="shop", syntax="proto3")
    bill.dependency.append("shop/money.proto")
    bill.message_type.add(name="Bill").field.add(name="total", number=1, type=11, type_name=".shop.Money", label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(money)
    pool.Add(bill)
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Bill"))
    context = SerializationContext("bills", MessageField.VALUE)
    value: Any = kind()
    value.total.cents = 1234
    framed = protobuf.ProtobufSerializer(kind, registry)(value, context)
    # The serializer registers an import under its path.
    assert "shop/money.proto" in registry.get_subjects()
    consumer = SchemaRegistryClient({"url": url})
    read: Any = protobuf.ProtobufDeserializer(kind, schema_registry_client=consumer)(framed, context)
    assert read.total.cents == 1234
