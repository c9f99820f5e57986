//! What is said of a flow when something is wrong with the service: one defect after the other, sown into a member of a
//! consumer group that answers with the reference handlers.
//!
//! The evidence is what any cluster's logs and groups tell, so that verdicts and texts are the same on the embedded broker
//! and on the cluster that `TEST_KAFKA_BOOTSTRAP_SERVERS` names.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test ends where it cannot go on")]

use std::time::Duration;

use kafka_trial::client::{Deadline, ReceivedRecord, Start, now_millis};
use kafka_trial::flow::{Expect, Flow, FlowTracker, Follow, Route, Verdict};
use kafka_trial::{Consumer, Producer, Record, Trial};
use kafka_trial_reference::{Context, Outcome, Source, handle};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use serde_json::{Value as Json, json};

/// How long the slow service may take, and how much longer it does.
const WITHIN: Duration = Duration::from_millis(50);
const TOO_LONG: Duration = Duration::from_millis(200);
const LIMIT: Duration = Duration::from_secs(20);
/// How long a second answer is waited for.
const QUIET: Duration = Duration::from_millis(300);

/// What is wrong with the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    None,
    Slow,
    Crash,
    WrongId,
    TwoAnswers,
    Silent,
    WrongTopic,
    DeadLetter,
    ErrorAnswer,
    NoMember,
    Lagging,
    Aborted,
}

impl Defect {
    /// How long an answer is waited for. Where none will come, only as long as the service needs to join its group, which
    /// Kafka delays by 3 s, and to commit.
    fn patience(self, is_embedded: bool) -> Duration {
        match self {
            Self::None | Self::Slow | Self::TwoAnswers | Self::DeadLetter | Self::ErrorAnswer => LIMIT,
            Self::NoMember => Duration::ZERO,
            _ if is_embedded => Duration::from_secs(3),
            _ => Duration::from_secs(7),
        }
    }
}

/// One service with its topics.
struct Scene {
    trial: Trial,
    defect: Defect,
    producer: Producer,
    requests: String,
    responses: String,
    elsewhere: String,
    group: String,
    id: String,
}

impl Scene {
    async fn new(trial: &Trial, defect: Defect) -> kafka_trial::Result<Self> {
        let name = |part: &str| format!("{part}-{defect:?}").to_lowercase();
        let mut names = Vec::new();
        for part in ["requests", "responses", "elsewhere"] {
            names.push(trial.topic(&name(part)).create().await?.name().to_owned());
        }
        let requests = names.remove(0);
        trial.topic(&format!("{}.dlq", name("requests"))).create().await?;
        Ok(Self {
            trial: trial.clone(),
            defect,
            producer: trial.producer().create().await?,
            requests,
            responses: names.remove(0),
            elsewhere: names.remove(0),
            group: name("service"),
            // Of this run alone: an answer in another topic is looked for in the whole cluster.
            id: format!("{}-{:x}", name("flow"), trial.seed()),
        })
    }

    async fn ask(&self, id: &str, payload: Json) -> kafka_trial::Result {
        let event = json!({
            "correlation_id": id,
            "event_id": format!("{id}-asked"),
            "event_type": "codegen.request.validate",
            "payload": payload,
        });
        self.producer.send(Record::new(&self.requests, event.to_string()).key(id)).await?;
        Ok(())
    }

    async fn member(&self) -> kafka_trial::Result<Consumer> {
        let consumer = self.trial.consumer(&self.requests).group(&self.group).from(Start::Earliest);
        Ok(consumer.create().await?.within(Duration::from_secs(30)))
    }

    /// Answers as the reference service does, but for the defect.
    async fn serve(&self, mut consumer: Consumer) -> kafka_trial::Result {
        loop {
            let request = consumer.next().await?;
            let defect = self.defect;
            match defect {
                Defect::Crash => return Ok(()),
                Defect::Silent => continue,
                Defect::Slow => tokio::time::sleep(WITHIN + TOO_LONG).await,
                Defect::Lagging => tokio::time::sleep(TOO_LONG * 3).await,
                _ => {}
            }
            let (topic, key, value) = self.outcome(&request);
            let mut event: Json = serde_json::from_str(&value)?;
            if defect == Defect::WrongId {
                event["correlation_id"] = json!("unknown");
            }
            let topic = match defect {
                Defect::WrongTopic => self.elsewhere.clone(),
                _ => topic,
            };
            if defect == Defect::Aborted {
                self.abort(&topic, &event.to_string())?;
                continue;
            }
            self.producer.send(Record::new(&topic, event.to_string()).key(&key)).await?;
            if defect == Defect::TwoAnswers {
                event["event_id"] = json!("another");
                self.producer.send(Record::new(&topic, event.to_string()).key(&key)).await?;
            }
        }
    }

    /// What the handlers make of a request, in the topics of this scene.
    fn outcome(&self, request: &ReceivedRecord) -> (String, Vec<u8>, String) {
        let source = Source {
            topic: &request.topic,
            partition: request.partition,
            offset: request.offset,
            key: request.key.as_deref(),
            value: request.value.as_deref(),
        };
        let event_id = format!("answer-to-{}", request.offset);
        let context = Context { now_ms: now_millis(), event_id, consumer_group: self.group.clone() };
        let (topic, record) = match handle(&source, &context) {
            Outcome::Answer(record) => (self.responses.clone(), record),
            Outcome::DeadLetter(record) => (record.topic.clone(), record),
            Outcome::Ignored(reason) => panic!("{reason}"),
        };
        (topic, record.key.unwrap_or_default(), String::from_utf8(record.value).expect("JSON is UTF-8"))
    }

    fn abort(&self, topic: &str, value: &str) -> kafka_trial::Result {
        let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
            .set("bootstrap.servers", self.trial.bootstrap_servers())
            .set("transactional.id", &self.group)
            .create()?;
        producer.init_transactions(LIMIT)?;
        producer.begin_transaction()?;
        producer.send(BaseRecord::<(), str>::to(topic).payload(value)).map_err(|(error, _)| error)?;
        producer.flush(LIMIT)?;
        producer.abort_transaction(LIMIT)?;
        Ok(())
    }

    /// Read on a thread of its own: the service goes on meanwhile.
    async fn flow(&self) -> kafka_trial::Result<Flow> {
        let id = self.id.clone();
        let mut route = Route::through([&self.requests, &self.responses]).handled_by(self.trial.scoped(&self.group));
        if self.defect == Defect::Slow {
            route = route.within(WITHIN);
        }
        let patience = self.defect.patience(self.trial.is_embedded());
        let servers = self.trial.bootstrap_servers().to_owned();
        let followed = tokio::task::spawn_blocking(move || {
            let mut tracker = FlowTracker::connect(&servers, Deadline::after(LIMIT))?;
            Ok(tracker.follow(&Follow::new(id, route).expect(Expect::no_more_for(QUIET)), patience))
        });
        followed.await?
    }
}

/// What becomes of one request.
async fn told(trial: &Trial, defect: Defect) -> kafka_trial::Result<Flow> {
    let scene = Scene::new(trial, defect).await?;
    let good = json!({"code_content": "class ModelA(BaseModel):\n    pass\n"});
    match defect {
        Defect::NoMember => {
            // The group has been there, and has committed, before its last member left.
            scene.ask("before", good.clone()).await?;
            let mut member = scene.member().await?;
            member.next().await?;
            member.close().await;
            scene.ask(&scene.id, good).await?;
            return scene.flow().await;
        }
        Defect::Lagging => {
            for number in 0..17 {
                scene.ask(&format!("before-{number}"), good.clone()).await?;
            }
            scene.ask(&scene.id, good).await?;
        }
        Defect::DeadLetter => {
            let broken = Record::new(&scene.requests, "{broken").key(&scene.id);
            scene.producer.send(broken).await?;
        }
        Defect::ErrorAnswer => scene.ask(&scene.id, json!({})).await?,
        _ => scene.ask(&scene.id, good).await?,
    }
    let member = scene.member().await?;
    tokio::select! {
        // A service that has crashed is followed nevertheless.
        result = async { scene.serve(member).await?; std::future::pending().await } => result,
        flow = scene.flow() => flow,
    }
}

/// The text without what differs from run to run: numbers, the ids of members, what names begin with on a real cluster.
fn plain(flow: &Flow, trial: &Trial) -> String {
    let scope = trial.scoped("");
    let words = flow.explanation.split(' ').map(|word| {
        let word = word.replace(&scope, "");
        let is_number = word.trim_start_matches('+').trim_end_matches([',', ';']).parse::<f64>().is_ok();
        match word.starts_with("rdkafka-") {
            true => "MEMBER".to_owned(),
            false if is_number => format!("N{}", if word.ends_with(',') { "," } else { "" }),
            false => word,
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[kafka_trial::test(timeout = "120s")]
async fn each_defect_is_named(trial: Trial) -> kafka_trial::Result {
    let fetched = "group service-DEFECT has committed requests-DEFECT-0 up to N, past requests-DEFECT-0@0, and has not \
                   answered it";
    let table = [
        (Defect::None, Verdict::Complete, "requests-DEFECT-0@0 was answered by responses-DEFECT-0@0 after N ms"),
        (
            Defect::Slow,
            Verdict::AnsweredLate,
            "requests-DEFECT-0@0 was answered by responses-DEFECT-0@0 after N ms; the limit is N ms",
        ),
        (
            Defect::Crash,
            Verdict::FetchedNotAnswered,
            "FETCHED, and has no members now; nothing has come in responses-DEFECT within N ms",
        ),
        (
            Defect::WrongId,
            Verdict::FetchedNotAnswered,
            "FETCHED; responses-DEFECT-0@0 answers it, but does not carry its id",
        ),
        (Defect::TwoAnswers, Verdict::Complete, "requests-DEFECT-0@0 was answered by responses-DEFECT-0@0 after N ms"),
        (Defect::Silent, Verdict::FetchedNotAnswered, "FETCHED; nothing has come in responses-DEFECT within N ms"),
        (
            Defect::WrongTopic,
            Verdict::FetchedNotAnswered,
            "FETCHED; elsewhere-DEFECT-0@0 carries its id, but an answer is expected in responses-DEFECT",
        ),
        (
            Defect::DeadLetter,
            Verdict::AnsweredDlq,
            "requests-DEFECT-0@0 went to the dead letters, requests-DEFECT.dlq-0@0, after N ms: JSONDecodeError: the value \
             is not JSON: key must be a string at line N column N",
        ),
        (
            Defect::ErrorAnswer,
            Verdict::AnsweredError,
            "requests-DEFECT-0@0 was answered by responses-DEFECT-0@0 after N ms with an error: VALIDATION_ERROR: Missing \
             code_content in request",
        ),
        (
            Defect::NoMember,
            Verdict::ProducedNotFetched,
            "group service-DEFECT has no members, lag N on requests-DEFECT",
        ),
        (
            Defect::Lagging,
            Verdict::ProducedNotFetched,
            "member MEMBER of group service-DEFECT (client rdkafka) stands at N of requests-DEFECT-0, lag N, and has not got \
             past requests-DEFECT-0@17",
        ),
        (
            Defect::Aborted,
            Verdict::FetchedNotAnswered,
            "FETCHED; the answer responses-DEFECT-0@0 is there, but its transaction was aborted",
        ),
    ];
    let mut wrong = Vec::new();
    for (defect, verdict, text) in table {
        let flow = told(&trial, defect).await?;
        let expected = text.replace("FETCHED", fetched).replace("DEFECT", &format!("{defect:?}").to_lowercase());
        println!("{defect:?}: {}: {}", flow.verdict, flow.explanation);
        if flow.verdict != verdict || plain(&flow, &trial) != expected {
            wrong.push(format!(
                "{defect:?}: expected {verdict}: {expected}\nseen {}: {}\n{flow}",
                flow.verdict,
                plain(&flow, &trial)
            ));
        }
        if defect == Defect::TwoAnswers {
            assert!(flow.anomalies.iter().any(|anomaly| anomaly.name() == "several_answers"), "{flow}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    Ok(())
}
