#[kafka_trial::test(brokrs = 3)]
async fn an_unknown_option() {}

#[kafka_trial::test(brokers = 3, brokers = 5)]
async fn an_option_given_twice() {}

#[kafka_trial::test(brokers)]
async fn an_option_without_its_value() {}

#[kafka_trial::test(start_paused = true)]
async fn an_option_that_is_not_there_yet() {}

#[kafka_trial::test(timeout = "30")]
async fn a_timeout_without_its_unit() {}

#[kafka_trial::test(timeout = 30)]
async fn a_timeout_that_is_a_number() {}

#[kafka_trial::test(flavor = "many_threads")]
async fn an_unknown_flavor() {}

#[kafka_trial::test(worker_threads = 2)]
async fn worker_threads_of_one_thread() {}

#[kafka_trial::test(external = true)]
async fn external_with_a_value() {}

#[kafka_trial::test(config(num.partitions = 4))]
async fn a_config_without_quotes() {}

#[kafka_trial::test(broker.rack = "a")]
async fn a_property_without_config() {}

#[kafka_trial::test("brokers = 3")]
async fn a_text() {}

#[kafka_trial::test(brokers: 3)]
async fn a_colon() {}

fn main() {}
