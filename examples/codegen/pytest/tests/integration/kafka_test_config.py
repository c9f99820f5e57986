from kafka_trial.kafka_test_config import *  # noqa: F403
