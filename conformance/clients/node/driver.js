// kafkajs behind the line protocol of conformance/clients/src/driver.rs.
'use strict';

const readline = require('node:readline');
const zlib = require('node:zlib');
const kafkajs = require('kafkajs');
const snappy = require('snappyjs');

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;

const POLL_MS = 200;

// kafkajs itself brings gzip; the other codecs are plugged in.
const plug = (type, compress, decompress) => {
  CompressionCodecs[type] = () => ({
    compress: async (encoder) => Buffer.from(compress(encoder.buffer)),
    decompress: async (buffer) => Buffer.from(decompress(buffer)),
  });
};
plug(CompressionTypes.Snappy, (bytes) => snappy.compress(bytes), (bytes) => snappy.uncompress(bytes));
if (zlib.zstdCompressSync) {
  plug(CompressionTypes.ZSTD, (bytes) => zlib.zstdCompressSync(bytes), (bytes) => zlib.zstdDecompressSync(bytes));
}

const CODECS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

class Unsupported extends Error {}

// A consumer that runs beside the polls and queues what comes.
class Member {
  static async join(kafka, group, topic) {
    const member = new Member();
    member.values = [];
    member.resolved = {};
    member.topic = topic;
    member.consumer = kafka.consumer({ groupId: group, heartbeatInterval: 100, maxWaitTimeInMs: 100 });
    const { GROUP_JOIN, REBALANCING, CRASH } = member.consumer.events;
    member.consumer.on(GROUP_JOIN, ({ payload }) => {
      member.assigned = payload.memberAssignment[topic] || [];
    });
    member.consumer.on(REBALANCING, () => {
      member.assigned = [];
    });
    member.consumer.on(CRASH, ({ payload }) => {
      member.failed = payload.error;
    });
    member.assigned = [];
    await member.consumer.connect();
    await member.consumer.subscribe({ topics: [topic], fromBeginning: true });
    // Returns before the group is joined.
    await member.consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        member.values.push(message.value.toString());
        member.resolved[partition] = (BigInt(message.offset) + 1n).toString();
      },
    });
    return member;
  }

  async poll() {
    const deadline = Date.now() + POLL_MS;
    while (this.values.length === 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (this.failed) {
      throw this.failed;
    }
    const assigned = [...this.assigned].sort((a, b) => a - b).join(',') || '-';
    return [assigned, ...this.values.splice(0)];
  }

  async commit() {
    const offsets = Object.entries(this.resolved);
    await this.consumer.commitOffsets(
      offsets.map(([partition, offset]) => ({ topic: this.topic, partition: Number(partition), offset })),
    );
  }

  async close() {
    await this.consumer.disconnect();
  }
}

const MONEY = '{"type":"record","name":"Money","fields":[{"name":"cents","type":"long"}]}';
const ORDER = '{"type":"record","name":"Order","fields":[{"name":"total","type":"Money"}]}';

async function kafkajsRegistry(url, topic, value) {
  const { COMPATIBILITY, SchemaRegistry, SchemaType } = require('@kafkajs/confluent-schema-registry');
  const registry = new SchemaRegistry({ host: url });
  const register = (subject, schema, references) =>
    registry.register(
      { type: SchemaType.AVRO, schema, references },
      { subject, compatibility: COMPATIBILITY.BACKWARD, separator: '.' },
    );
  await register(`${topic}-money`, MONEY, []);
  const { id } = await register(`${topic}-value`, ORDER, [{ name: 'Money', subject: `${topic}-money`, version: 1 }]);
  return { id, message: await registry.encode(id, value), decode: (message) => registry.decode(message) };
}

async function confluentRegistry(url, topic, value) {
  const { AvroDeserializer, AvroSerializer, SchemaRegistryClient, SerdeType } = require('@confluentinc/schemaregistry');
  const client = new SchemaRegistryClient({ baseURLs: [url] });
  const references = [{ name: 'Money', subject: `${topic}-money`, version: 1 }];
  const id = await client.register(`${topic}-value`, { schema: ORDER, schemaType: 'AVRO', references }, false);
  const settings = { autoRegisterSchemas: false, useLatestVersion: true };
  const serializer = new AvroSerializer(client, SerdeType.VALUE, settings);
  const deserializer = new AvroDeserializer(client, SerdeType.VALUE, {});
  const decode = (message) => deserializer.deserialize(topic, message);
  return { id, message: await serializer.serialize(topic, value), decode };
}

const brokers = process.argv[process.argv.length - 1].split(',');
const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
const admin = kafka.admin();
const members = new Map();

const commands = {
  create: async (topic, partitions) => {
    await admin.createTopics({ topics: [{ topic, numPartitions: Number(partitions) }] });
  },
  list: () => admin.listTopics(),
  delete: (topic) => admin.deleteTopics({ topics: [topic] }),
  produce: async (topic, partition, codec, prefix, count) => {
    if (codec === 'lz4') {
      throw new Unsupported('kafkajs brings none to use, and lz4js writes frames that Kafka refuses');
    }
    if (codec === 'zstd' && !zlib.zstdCompressSync) {
      throw new Unsupported('kafkajs brings none to use, and this Node has none to plug in');
    }
    const messages = [];
    for (let number = 0; number < Number(count); number += 1) {
      messages.push({ value: `${prefix}-${number}-${'x'.repeat(number % 100)}`, partition: Number(partition) });
    }
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic, acks: -1, compression: CODECS[codec], messages });
    await producer.disconnect();
  },
  join: async (name, group, topic) => {
    members.set(name, await Member.join(kafka, group, topic));
  },
  registry: async (url, topic) => {
    const order = { total: { cents: 1234 } };
    const first = await kafkajsRegistry(url, topic, order);
    const second = await confluentRegistry(url, topic, order);
    // Each reads what the other has written.
    const crossed = [await first.decode(second.message), await second.decode(first.message)];
    for (const value of crossed) {
      if (value.total.cents !== order.total.cents) {
        throw new Error(`one client writes ${JSON.stringify(order)}, the other reads ${JSON.stringify(value)}`);
      }
    }
    if (first.id !== second.id) {
      throw new Error(`one client says ${first.id}, the other ${second.id}`);
    }
    return [String(first.id), first.message.toString('hex'), String(crossed[0].total.cents)];
  },
  poll: (name) => members.get(name).poll(),
  commit: (name) => members.get(name).commit(),
  leave: async (name) => {
    await members.get(name).close();
    members.delete(name);
  },
};

async function answer(line) {
  const [command, ...words] = line.split(' ');
  try {
    const values = await commands[command](...words);
    return ['ok', ...(Array.isArray(values) ? values : [])].join(' ');
  } catch (error) {
    const kind = error instanceof Unsupported ? 'unsupported' : 'error';
    return `${kind} ${error.message}`.replaceAll('\n', ' ');
  }
}

async function main() {
  await admin.connect();
  console.log(`ready ${require('kafkajs/package.json').version}`);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(await answer(line));
  }
  process.exit(0);
}

main();
