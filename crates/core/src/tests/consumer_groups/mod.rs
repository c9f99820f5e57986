//! Random members of consumer groups join, leave, fall silent, change their subscriptions and lose answers. No
//! partition ever has two owners, and members that continue to send heartbeats get their share.

mod world;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use self::world::{Action, World};

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        8 => Just(Action::Beat),
        2 => Just(Action::LoseAnswer),
        4 => Just(Action::Revoke),
        2 => (1..8u8).prop_map(Action::Subscribe),
        1 => Just(Action::Leave),
        1 => Just(Action::LeaveForAWhile),
        1 => Just(Action::Vanish),
        1 => Just(Action::AddPartition),
        4 => (1..3000i64).prop_map(Action::Pass),
        1 => (3000..60_000i64).prop_map(Action::Pass),
    ]
}

/// Runs random stories with this many members, of which the first few are static.
fn holds(members: usize, statics: usize, assignor: &'static str, cases: u32) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let stories = vec((0..members, action()), 1..100);
    let result = TestRunner::new(config).run(&stories, |story| {
        let mut world = World::new(members, statics, assignor);
        for (client, action) in story {
            world.act(client, action);
        }
        world.settles();
        world.ends_empty();
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_rules_hold_under_the_uniform_assignor() {
    holds(5, 0, "uniform", 100);
}

#[test]
fn the_rules_hold_under_the_range_assignor() {
    holds(4, 0, "range", 60);
}

#[test]
fn the_rules_hold_for_static_and_dynamic_members_together() {
    holds(5, 3, "uniform", 100);
}

#[test]
fn a_static_member_that_lost_its_join_answer_joins_again_after_its_session() {
    let mut world = World::new(5, 3, "uniform");
    for client in [0, 3, 2, 4, 1] {
        world.act(client, Action::Beat);
    }
    world.act(0, Action::Leave);
    world.act(0, Action::Pass(1000));
    world.act(0, Action::LoseAnswer);
    world.settles();
    world.ends_empty();
}
