//! Groups under random members: whatever joins, leaves, falls silent or comes late, the rules of a group hold.

mod invariants;
mod world;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use self::world::{Action, World};

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => (any::<bool>(), 6..=20i32).prop_map(|(subscribes_anew, session_s)| Action::Join { subscribes_anew, session_s }),
        6 => Just(Action::Sync),
        4 => Just(Action::Heartbeat),
        1 => Just(Action::Leave),
        1 => Just(Action::Vanish),
        1 => Just(Action::SyncLate),
        4 => (1..8000i64).prop_map(Action::Pass),
        1 => (8000..60_000i64).prop_map(Action::Pass),
    ]
}

/// Runs random stories with this many members, of which the first few are static.
fn holds(members: usize, statics: usize, initial_delay_ms: i64, cases: u32) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let stories = vec((0..members, action()), 1..80);
    let result = TestRunner::new(config).run(&stories, |story| {
        let mut world = World::new(members, statics, initial_delay_ms);
        for (client, action) in story {
            world.act(client, action);
        }
        world.ends_empty();
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_rules_hold_for_dynamic_members() {
    holds(5, 0, 0, 400);
}

#[test]
fn the_rules_hold_for_static_members_beside_dynamic_ones() {
    holds(5, 3, 0, 400);
}

#[test]
fn the_rules_hold_while_the_first_members_are_waited_for() {
    holds(4, 1, 3000, 300);
}

#[test]
fn members_that_go_on_asking_end_up_in_one_stable_generation() {
    for seed in 0..20 {
        let mut world = World::new(5, 0, 0);
        let mut rng = kafka_trial_core::Rng::new(seed);
        for _ in 0..40 {
            let client = usize::try_from(rng.next_u64() % 5).unwrap();
            let wait = Action::Pass(i64::try_from(rng.next_u64() % 3000).unwrap());
            let actions = [Action::Join { subscribes_anew: false, session_s: 10 }, Action::Vanish, Action::Leave, wait];
            world.act(client, actions[usize::try_from(rng.next_u64() % 4).unwrap()]);
        }
        world.settles();
    }
}
