//! kafka-trial
