#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kafka_trial_fuzz::registry::avro(bytes));
