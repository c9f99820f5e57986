from kafka_trial.kafka_utils import *  # noqa: F403
