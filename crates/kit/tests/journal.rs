//! The journal as a test has it.

use std::time::Duration;

use kafka_trial::client::{Client, Deadline};
use kafka_trial::journal::{ApiKey, Detail, Ending};
use kafka_trial::{Journal, JournalError, Record, RequestMatcher, Topic, Trial};

async fn produce(trial: &Trial, topic: &Topic) -> kafka_trial::Result {
    let (servers, name) = (trial.bootstrap_servers().to_owned(), topic.name().to_owned());
    let produced = tokio::task::spawn_blocking(move || {
        let deadline = Deadline::after(Duration::from_secs(10));
        Client::connect(&servers, deadline)?.produce(&Record::new(name, "v"), deadline)
    });
    produced.await??;
    Ok(())
}

#[kafka_trial::test]
async fn a_test_waits_for_what_is_asked_and_looks_back(
    trial: Trial,
    journal: Journal,
    orders: Topic,
) -> kafka_trial::Result {
    let waiting = journal.clone();
    let waits = tokio::spawn(async move { waiting.wait_for(RequestMatcher::of(ApiKey::Produce)).await });
    produce(&trial, &orders).await?;
    let found = waits.await??;
    assert_eq!((found.topics(), found.ending, found.is_error()), (vec!["orders"], Ending::Answered, false));
    let Detail::Produce(sent) = &found.detail else { panic!("{found}") };
    assert_eq!(sent.partitions[0].offsets.map(|offsets| (offsets.first, offsets.last)), Some((0, 0)));

    let later = journal.from_now()?;
    produce(&trial, &orders).await?;
    let count = |journal: &Journal| {
        journal.entries().map(|all| all.iter().filter(|entry| entry.api == ApiKey::Produce).count())
    };
    assert_eq!((count(&journal)?, count(&later)?), (2, 1));
    assert_eq!(journal.page()?.dropped, 0);
    Ok(())
}

#[kafka_trial::test]
async fn a_wait_in_vain_says_what_was_asked_instead(
    trial: Trial,
    journal: Journal,
    orders: Topic,
) -> kafka_trial::Result {
    produce(&trial, &orders).await?;
    let wait = Duration::from_millis(20);
    let error = journal.from_now()?.within(wait).wait_for(RequestMatcher::any()).await.unwrap_err();
    assert_eq!(error.to_string(), "no request within 20ms; the journal has 0 other requests");
    let error = journal.within(wait).wait_for(RequestMatcher::of(ApiKey::JoinGroup)).await.unwrap_err();
    let JournalError::TimedOut { count, nearest, .. } = &error else { panic!("{error}") };
    assert!(*count >= nearest.len() && nearest.len() <= 10, "{error}");
    assert!(error.to_string().starts_with("no JoinGroup within "), "{error}");
    assert!(nearest.iter().all(|near| near.misses[0].to_string().ends_with(", not JoinGroup")), "{error}");
    assert!(error.to_string().contains(" Produce orders-0: 0, "), "{error}");
    Ok(())
}
