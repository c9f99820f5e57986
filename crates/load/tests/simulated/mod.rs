//! A run against a simulated server, on a virtual clock.

use std::collections::VecDeque;
use std::time::Duration;

use kafka_trial_load::{Plan, Reply, Report, Run};

const SERVICE: Duration = Duration::from_millis(2);
const STALL: Duration = Duration::from_secs(5);
const STALL_ENDS: Duration = Duration::from_secs(7);

/// When the server, free from `free` on, has answered what came at `arrival`.
fn serve(arrival: Duration, free: &mut Duration) -> Duration {
    let begins = arrival.max(*free);
    // What begins inside the stall waits for its end; what began before it goes through.
    let begins = if (STALL..STALL_ENDS).contains(&begins) { STALL_ENDS } else { begins };
    *free = begins + SERVICE;
    *free
}

/// Runs a plan against the server without any waiting.
pub(crate) fn simulate(plan: Plan) -> Report {
    let mut run = Run::new(plan);
    let mut free = Duration::ZERO;
    let mut answers: VecDeque<(Duration, u64)> = VecDeque::new();
    let mut now = Duration::ZERO;
    loop {
        while let Some(send) = run.due(now) {
            run.sent(send, 0, now);
            run.acknowledged(send.number, now);
            answers.push_back((serve(now, &mut free), send.number));
        }
        let next_answer = answers.front().map(|(at, _)| *at);
        let next = [next_answer, run.next_due()].into_iter().flatten().min();
        let Some(next) = next else { break };
        now = now.max(next);
        while let Some((at, number)) = answers.front().copied().filter(|(at, _)| *at <= now) {
            answers.pop_front();
            run.answered(number, Reply::Ok, at);
        }
        run.tick(now);
    }
    let ends = run.plan().load.duration();
    assert!(run.is_over(now.max(ends)));
    run.finish(&[])
}
