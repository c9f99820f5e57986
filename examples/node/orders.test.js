const assert = require('node:assert');
const { test } = require('node:test');
const { Kafka } = require('kafkajs');

const kafka = new Kafka({ brokers: process.env.TEST_KAFKA_BOOTSTRAP_SERVERS.split(',') });

test('an order arrives', { timeout: 30_000 }, async () => {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: 'orders', messages: [{ key: '7', value: 'confirmed' }] });
  await producer.disconnect();

  const consumer = kafka.consumer({ groupId: 'billing' });
  await consumer.connect();
  await consumer.subscribe({ topics: ['orders'], fromBeginning: true });
  const value = await new Promise((resolve, reject) => {
    consumer.run({ eachMessage: async ({ message }) => resolve(message.value.toString()) }).catch(reject);
  });
  await consumer.disconnect();
  assert.strictEqual(value, 'confirmed');
});
